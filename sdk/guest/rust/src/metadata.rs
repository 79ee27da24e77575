//! A message, as it is when the handler is called.
use crate::filter::slot_of;
use crate::place::{refer, u16_at, u32_at};
use std::borrow::Cow;

const ROW: usize = 16;
const EVERY_KEY: u8 = 4;
const CONFIG: u8 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Request = 1,
    Oneway,
    Response,
    Error,
    Heartbeat,
    HeartbeatReply,
    Drain,
    StreamInit,
    StreamData,
    StreamClose,
}

impl Kind {
    pub(crate) fn of(number: u8) -> Kind {
        use Kind::*;
        let all = [
            Request, Oneway, Response, Error, Heartbeat, HeartbeatReply, Drain, StreamInit, StreamData, StreamClose,
        ];
        all[(number as usize).clamp(1, all.len()) - 1]
    }
}

#[derive(Clone, Copy)]
pub struct Metadata<'a> {
    /// From the beginning of the record to the end of the block.
    pub(crate) record: &'a [u8],
    /// Whether its keys are known by their names only.
    pub(crate) named: bool,
}

impl<'a> Metadata<'a> {
    /// The first value of a key, as bytes. Panics when the key was not declared.
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        self.values(key).next()
    }

    /// The same as a text; nothing when it is no UTF-8.
    pub fn get_str(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Every value of a key, in order.
    pub fn get_all(&self, key: &str) -> Vec<&'a [u8]> {
        self.values(key).collect()
    }

    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Every key that is here, once.
    pub fn keys(&self) -> Vec<&'a [u8]> {
        let mut keys: Vec<&'a [u8]> = self.rows().map(|row| self.key(row)).collect();
        keys.dedup();
        keys
    }

    pub fn handle(&self) -> u32 {
        u32_at(self.record, 4)
    }

    /// The id as a number; 0 when it is a text.
    pub fn id(&self) -> u64 {
        (u32_at(self.record, 12) as u64) << 32 | u32_at(self.record, 8) as u64
    }

    /// The caller's id, exact to 64 bits, or its text.
    pub fn request_id(&self) -> Cow<'a, str> {
        match self.record[17] & 1 {
            0 => Cow::Owned(self.id().to_string()),
            _ => String::from_utf8_lossy(self.refer(72)),
        }
    }

    /// The number of the configuration that holds: 0 is the listener's, the others are those of routes.
    pub fn config(&self) -> u32 {
        match self.record[17] & CONFIG {
            0 => 0,
            _ => u32_at(self.record, 104),
        }
    }

    pub fn kind(&self) -> Kind {
        Kind::of(self.record[16])
    }

    /// The protocol's status of a reply; -1 when the message has none.
    pub fn status(&self) -> i32 {
        u32_at(self.record, 20) as i32
    }

    pub fn stream_id(&self) -> u32 {
        u32_at(self.record, 24)
    }

    pub fn header_size(&self) -> u32 {
        u32_at(self.record, 28)
    }

    pub fn body_size(&self) -> u32 {
        u32_at(self.record, 32)
    }

    /// Bytes of the whole frame.
    pub fn size(&self) -> u32 {
        self.header_size() + self.body_size()
    }

    pub fn operation(&self) -> &'a [u8] {
        self.refer(40)
    }

    pub fn listener(&self) -> &'a [u8] {
        self.refer(48)
    }

    pub fn peer(&self) -> &'a [u8] {
        self.refer(56)
    }

    pub fn protocol(&self) -> &'a [u8] {
        self.refer(64)
    }

    /// Why a property could not be read; empty when all could.
    pub fn problem(&self) -> &'a [u8] {
        self.refer(80)
    }

    /// Needs the grant `bodies`, and `reads_bodies()`.
    pub fn body(&self) -> &'a [u8] {
        self.refer(88)
    }

    /// In on_response, after `reads_request()`: the request that this answers.
    pub fn request(&self) -> Metadata<'a> {
        self.next(false)
    }

    pub(crate) fn next(&self, named: bool) -> Metadata<'a> {
        Metadata { record: &self.record[u32_at(self.record, 0) as usize..], named }
    }

    /// What the phase adds, and where it is.
    pub(crate) fn extra(&self) -> usize {
        u32_at(self.record, 96) as usize
    }

    pub(crate) fn refer(&self, at: usize) -> &'a [u8] {
        refer(self.record, at).unwrap_or(&[])
    }

    #[inline]
    fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let start = u32_at(self.record, 36) as usize;
        self.record[start..start + u16_at(self.record, 18) as usize * ROW].chunks_exact(ROW)
    }

    fn key(&self, row: &[u8]) -> &'a [u8] {
        let start = u32_at(row, 0) as usize;
        &self.record[start..start + u16_at(row, 4) as usize]
    }

    #[inline]
    fn values<'k>(&self, key: &'k str) -> impl Iterator<Item = &'a [u8]> + 'k
    where
        'a: 'k,
    {
        let message = *self;
        let slot = if self.named { None } else { slot_of(key) };
        if slot.is_none() && self.record[17] & EVERY_KEY == 0 {
            panic!("the key {key} is not declared: name it in READS, or call reads(\"{key}\") in on_configure");
        }
        self.rows()
            .filter(move |row| match slot {
                Some(slot) => u16_at(row, 6) == slot,
                None => message.key(row) == key.as_bytes(),
            })
            .map(move |row| {
                let start = u32_at(row, 8) as usize;
                &message.record[start..start + u32_at(row, 12) as usize]
            })
    }
}
