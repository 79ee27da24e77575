//! The list of operations, written into memory that is used again for every call.
use crate::place::Place;

static ANSWER: Place<Vec<u8>> = Place::new(Vec::new());

pub(crate) fn begin() {
    let answer = ANSWER.get();
    answer.clear();
    answer.extend_from_slice(&[0; 4]);
}

/// The whole list; nothing when nothing was said.
pub(crate) fn end() -> *const u8 {
    let answer = ANSWER.get();
    if answer.len() == 4 {
        return std::ptr::null();
    }
    let size = answer.len() as u32;
    answer[..4].copy_from_slice(&size.to_le_bytes());
    answer.as_ptr()
}

pub(crate) fn size() -> usize {
    ANSWER.get().len()
}

/// Forgets everything behind a size.
pub(crate) fn cut(size: usize) {
    ANSWER.get().truncate(size);
}

/// One operation: its parts are written one behind the other.
#[inline]
pub(crate) fn op(code: u8, arg: u8, handle: u32, parts: &[&[u8]]) {
    let answer = ANSWER.get();
    let size = parts.iter().fold(12, |size, part| size + part.len());
    answer.reserve(size + 3);
    let mut header = [code, arg, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header[4..8].copy_from_slice(&(size as u32).to_le_bytes());
    header[8..].copy_from_slice(&handle.to_le_bytes());
    answer.extend_from_slice(&header);
    for part in parts {
        append(answer, part);
    }
    while answer.len() % 4 != 0 {
        answer.push(0);
    }
}

/// A few bytes are copied one by one, which is quicker than asking the engine to do it. The room is there.
#[inline]
fn append(answer: &mut Vec<u8>, part: &[u8]) {
    if part.len() > 16 {
        answer.extend_from_slice(part);
        return;
    }
    let room = answer.spare_capacity_mut();
    for (to, from) in room.iter_mut().zip(part) {
        to.write(*from);
    }
    let written = part.len().min(room.len());
    unsafe { answer.set_len(answer.len() + written) }
}
