//! A message that is to be written, as edits and the new body have made it.
use crate::metadata::Kind;
use crate::place::{refer, u32_at};
use std::str::FromStr;

const ROW: usize = 16;
const EDIT: usize = 20;
const SET: u32 = 1;
const ADD: u32 = 2;

pub struct Outgoing<'a>(pub(crate) &'a [u8]);

impl<'a> Outgoing<'a> {
    /// Whether a caller sent it, and no upstream.
    pub fn request(&self) -> bool {
        self.0[24] == 1
    }

    pub fn kind(&self) -> Kind {
        Kind::of(self.0[25])
    }

    pub fn status(&self) -> i32 {
        u32_at(self.0, 28) as i32
    }

    /// The id to write.
    pub fn id(&self) -> u64 {
        (u32_at(self.0, 36) as u64) << 32 | u32_at(self.0, 32) as u64
    }

    pub fn id_text(&self) -> &'a [u8] {
        refer(self.0, 40).unwrap_or(&[])
    }

    /// The frame as it came: whole in `encode`, its beginning elsewhere.
    pub fn bytes(&self) -> &'a [u8] {
        refer(self.0, 48).unwrap_or(&[])
    }

    pub fn header_size(&self) -> usize {
        u32_at(self.0, 56) as usize
    }

    pub fn operation(&self) -> &'a [u8] {
        refer(self.0, 64).unwrap_or(&[])
    }

    pub fn stream_id(&self) -> u32 {
        u32_at(self.0, 120)
    }

    /// The body to write.
    pub fn body(&self) -> &'a [u8] {
        self.new_body().unwrap_or_else(|| refer(self.0, 72).unwrap_or(&[]))
    }

    /// The body that replaces the frame's, or a reply's.
    pub fn new_body(&self) -> Option<&'a [u8]> {
        refer(self.0, 104)
    }

    /// Every property after the edits, in order: what is set stands where it stood, what is new at the end.
    pub fn properties(&self) -> Vec<(&'a [u8], &'a [u8])> {
        let mut all: Vec<_> = self.rows().map(|row| (self.refer(row, 0), self.refer(row, 8))).collect();
        for edit in self.edits() {
            apply(&mut all, u32_at(edit, 0), (self.refer(edit, 4), self.refer(edit, 12)));
        }
        all
    }

    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        self.get_all(key).first().copied()
    }

    pub fn get_all(&self, key: &str) -> Vec<&'a [u8]> {
        let all = self.properties().into_iter();
        all.filter(|(name, _)| *name == key.as_bytes()).map(|(_, value)| value).collect()
    }

    /// A number that is the only value of its key; otherwise a sentence that names the key.
    pub fn number<T: FromStr>(&self, key: &str) -> Result<T, String> {
        let all = self.get_all(key);
        let text = if all.len() == 1 { std::str::from_utf8(all[0]).unwrap_or("") } else { "" };
        let plain = !text.starts_with('+');
        text.parse().ok().filter(|_| plain).ok_or_else(|| format!("\"{key}\" has to be one number that fits"))
    }

    fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let start = u32_at(self.0, 92) as usize;
        self.0[start..start + u32_at(self.0, 88) as usize * ROW].chunks_exact(ROW)
    }

    fn edits(&self) -> impl Iterator<Item = &'a [u8]> {
        let start = u32_at(self.0, 100) as usize;
        self.0[start..start + u32_at(self.0, 96) as usize * EDIT].chunks_exact(EDIT)
    }

    /// Refs in a row count from the block's beginning.
    fn refer(&self, row: &[u8], at: usize) -> &'a [u8] {
        let start = u32_at(row, at) as usize;
        &self.0[start..start + u32_at(row, at + 4) as usize]
    }
}

fn apply<'a>(all: &mut Vec<(&'a [u8], &'a [u8])>, code: u32, edit: (&'a [u8], &'a [u8])) {
    if code == ADD {
        return all.push(edit);
    }
    let first = all.iter().position(|(key, _)| *key == edit.0);
    let mut at = 0;
    all.retain(|(key, _)| {
        at += 1;
        *key != edit.0 || (code == SET && Some(at - 1) == first)
    });
    match first {
        _ if code != SET => {}
        Some(place) => all[place] = edit,
        None => all.push(edit),
    }
}
