//! What a phase adds to the message: how an exchange ended, or why a message that was paused is here again.
use crate::metadata::Metadata;
use crate::place::{f64_at, u16_at, u32_at};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndResult {
    Ok,
    Oneway,
    LocalReply,
    Error,
    Dropped,
    DownstreamGone,
}

pub struct Outcome<'a>(pub(crate) Metadata<'a>);

impl<'a> Outcome<'a> {
    pub fn result(&self) -> EndResult {
        use EndResult::*;
        let all = [Ok, Oneway, LocalReply, Error, Dropped, DownstreamGone];
        all[(self.byte(0) as usize).clamp(1, all.len()) - 1]
    }

    /// The number of the error, as in `Fault`; 0 when there was none.
    pub fn error(&self) -> u8 {
        self.byte(1)
    }

    pub fn late_reply(&self) -> bool {
        self.flag(1)
    }

    pub fn downstream_gone(&self) -> bool {
        self.flag(2)
    }

    pub fn dropped(&self) -> bool {
        self.flag(4)
    }

    pub fn retried(&self) -> bool {
        self.flag(8)
    }

    /// Status of the response; -1 when there was none.
    pub fn status(&self) -> i32 {
        self.number(4) as i32
    }

    pub fn duration_ms(&self) -> f64 {
        f64_at(self.0.record, self.0.extra() + 8)
    }

    /// From forwarding to the reply; -1 when there was none.
    pub fn upstream_ms(&self) -> f64 {
        f64_at(self.0.record, self.0.extra() + 16)
    }

    pub fn request_bytes(&self) -> u32 {
        self.number(24)
    }

    pub fn response_bytes(&self) -> u32 {
        self.number(28)
    }

    pub fn attempts(&self) -> u32 {
        self.number(32)
    }

    pub fn cluster(&self) -> &'a [u8] {
        self.0.refer(self.0.extra() + 36)
    }

    pub fn endpoint(&self) -> &'a [u8] {
        self.0.refer(self.0.extra() + 44)
    }

    /// The sentence the caller was told with the error.
    pub fn error_text(&self) -> &'a [u8] {
        self.0.refer(self.0.extra() + 52)
    }

    fn flag(&self, bit: u32) -> bool {
        u16_at(self.0.record, self.0.extra() + 2) & bit != 0
    }

    fn byte(&self, at: usize) -> u8 {
        self.0.record[self.0.extra() + at]
    }

    fn number(&self, at: usize) -> u32 {
        u32_at(self.0.record, self.0.extra() + at)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Timer,
    Answer,
    Failed,
}

pub struct Resume<'a>(pub(crate) Metadata<'a>);

impl<'a> Resume<'a> {
    pub fn reason(&self) -> Reason {
        match self.0.record[self.0.extra()] {
            1 => Reason::Timer,
            2 => Reason::Answer,
            _ => Reason::Failed,
        }
    }

    /// Whether it paused as a response.
    pub fn response(&self) -> bool {
        self.0.record[self.0.extra() + 1] == 3
    }

    /// How often this message has paused.
    pub fn pauses(&self) -> u32 {
        u16_at(self.0.record, self.0.extra() + 2)
    }

    /// Why the call failed.
    pub fn text(&self) -> &'a [u8] {
        self.0.refer(self.0.extra() + 8)
    }

    /// The answer to the call.
    pub fn answer(&self) -> Option<Metadata<'a>> {
        (self.reason() == Reason::Answer).then(|| self.0.next(true))
    }
}
