//! What a codec is written with: a type with [`Codec`], and `weir::codec!(Type, encode, …)` with the handlers it has
//! beside `decode` and `encode_error`.
use crate::answer::{self, op};
use crate::config::Config;
use crate::frame::Frame;
use crate::host::log_panics;
use crate::outgoing::Outgoing;
use crate::place::{block, refer, u32_at, Place};
use crate::reader::{malformed, Malformed, Reader, Stop};
use crate::writer::Writer;

const FRAMES_MAX: usize = 256;

#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Correlation {
    /// Replies carry the id of their request: many exchanges share a connection.
    Id = 1,
    /// Replies come in the order of the requests.
    InOrder,
    /// One exchange at a time has a connection.
    Exclusive,
}

#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Sniff {
    Yes = 1,
    No,
    More,
}

/// What a codec declares; begin with [`Declaration::DEFAULT`].
pub struct Declaration {
    pub correlation: Correlation,
    /// How many bits the id has; of a text, how large a number it may hold. 0 without ids.
    pub id_bits: u8,
    pub id_text: bool,
    /// Where the id stands in every frame.
    pub id_at: Option<u32>,
    /// How many bytes it takes there; 0: what its bits take.
    pub id_size: u8,
    pub little_endian: bool,
    /// Keys that `encode` can change.
    pub writes: &'static [&'static str],
    pub writes_all: bool,
    /// Bytes that every connection begins with.
    pub magic: &'static [u8],
    pub frame_size_max: u32,
    pub sniff_bytes: u32,
    /// Messages may say that they need a connection of their client's own.
    pub affinity: bool,
    /// What an upstream sends there while nobody waits goes to that client; affinity is then meant, too.
    pub pushes: bool,
}

impl Declaration {
    pub const DEFAULT: Declaration = Declaration {
        correlation: Correlation::Id,
        id_bits: 0,
        id_text: false,
        id_at: None,
        id_size: 0,
        little_endian: false,
        writes: &[],
        writes_all: false,
        magic: &[],
        frame_size_max: 0,
        sniff_bytes: 0,
        affinity: false,
        pushes: false,
    };

    fn say(&self, handlers: u16) {
        let id = if self.id_text { 2 } else { (self.id_bits > 0) as u8 };
        let size = match (self.id_at, self.id_size) {
            (None, _) => 0,
            (_, 0) => (self.id_bits + 7) / 8,
            (_, size) => size,
        };
        let bits = handlers & !CHUNKS | ((self.affinity || self.pushes) as u16) << 7 | (self.pushes as u16) << 9;
        let mut fixed = vec![id, self.id_bits];
        fixed.extend_from_slice(&bits.to_le_bytes());
        fixed.extend_from_slice(&self.id_at.unwrap_or(u32::MAX).to_le_bytes());
        fixed.extend_from_slice(&[size, self.little_endian as u8, 0, 0]);
        for number in [self.frame_size_max, self.sniff_bytes, 0] {
            fixed.extend_from_slice(&number.to_le_bytes());
        }
        op(80, self.correlation as u8, 0, &[&fixed]);
        self.writes.iter().for_each(|key| op(81, 0, 0, &[key.as_bytes()]));
        if self.writes_all {
            op(82, 0, 0, &[]);
        }
        if !self.magic.is_empty() {
            op(83, 0, 0, &[self.magic]);
        }
    }
}

/// What a caller is told.
pub struct LocalError<'a> {
    /// The number of the error, as in `Fault`.
    pub kind: u8,
    pub text: &'a [u8],
}

/// `decode` (or `decode_chunk`) and `encode_error` every codec has; all but these two are named in `weir::codec!` where they
/// are there.
pub trait Codec: Default {
    const DECLARATION: Declaration;

    fn on_configure(&mut self, _config: &Config) -> Result<(), String> {
        Ok(())
    }

    /// Reads one frame, straight on.
    fn decode(&mut self, _r: &mut Reader) -> Result<Frame, Stop> {
        malformed(Malformed::Unexpected, "there is no decode, and decode_chunk is not named in weir::codec!")
    }

    /// Is given everything that is there, in place of `decode`.
    fn decode_chunk(&mut self, _bytes: &[u8], _sink: &mut Sink) {}

    fn encode(&mut self, _message: &Outgoing, _w: &mut Writer) -> Result<(), String> {
        Ok(())
    }

    fn encode_error(&mut self, request: &Outgoing, error: &LocalError, w: &mut Writer);

    /// The properties and the body of `request` are the reply's; its bytes are the request's.
    fn encode_reply(&mut self, _request: &Outgoing, _w: &mut Writer) -> Result<(), String> {
        Ok(())
    }

    fn encode_heartbeat(&mut self, _id: u64, _w: &mut Writer) {}

    fn encode_heartbeat_reply(&mut self, _heartbeat: &Outgoing, _w: &mut Writer) {}

    fn encode_drain(&mut self, _w: &mut Writer) {}

    /// The answer to a caller that takes its leave.
    fn encode_drain_reply(&mut self, _drain: &Outgoing, _w: &mut Writer) {}

    /// What a connection begins with: that of a caller, or one to an upstream. Nothing is nothing.
    fn encode_preface(&mut self, _request: bool, _w: &mut Writer) {}

    fn sniff(&mut self, _bytes: &[u8]) -> Sniff {
        Sniff::No
    }
}

/// What `set_state` said about the frame that is read, and what is known since the one before.
static NEXT: Place<Option<Vec<u8>>> = Place::new(None);
static STATE: Place<Vec<u8>> = Place::new(Vec::new());

/// What is known about this connection and direction from the next frame on; in `decode`.
pub fn set_state(state: &[u8]) {
    *NEXT.get() = Some(state.to_vec());
}

/// No bit of the declaration: how bytes are decoded is between the kit and the codec.
const CHUNKS: u16 = 1 << 15;

pub const fn handler_bit(handler: &str) -> u16 {
    match handler.as_bytes() {
        b"sniff" => 1,
        b"encode_heartbeat" => 2,
        b"encode_heartbeat_reply" => 4,
        b"encode_drain" => 8,
        b"encode_reply" => 16,
        b"encode" => 32,
        b"encode_preface" => 64,
        b"decode_chunk" => CHUNKS,
        b"encode_drain_reply" => 256,
        _ => panic!("no handler of this name"),
    }
}

/// One call of the host.
pub fn call_codec<C: Codec>(codec: &mut C, phase: u32, handlers: u16) -> *const u8 {
    answer::begin();
    let block = block();
    let message = Outgoing(block);
    let mut w = Writer::default();
    let written = match phase {
        1 => {
            log_panics();
            let config = Config::new(&block[32..32 + u32_at(block, 24) as usize]);
            if let Err(why) = codec.on_configure(&config) {
                op(52, 0, 0, &[why.as_bytes()]);
            }
            C::DECLARATION.say(handlers);
            return answer::end();
        }
        17 => {
            match handlers & CHUNKS {
                0 => decode_all(codec, block),
                _ => decode_rest(codec, block),
            }
            return answer::end();
        }
        24 => {
            op(72, codec.sniff(message.bytes()) as u8, 0, &[]);
            return answer::end();
        }
        18 => codec.encode(&message, &mut w),
        20 => codec.encode_reply(&message, &mut w),
        19 => {
            let error = LocalError { kind: block[26], text: refer(block, 112).unwrap_or(&[]) };
            codec.encode_error(&message, &error, &mut w);
            Ok(())
        }
        21 => Ok(codec.encode_heartbeat(message.id(), &mut w)),
        22 => Ok(codec.encode_heartbeat_reply(&message, &mut w)),
        25 => Ok(codec.encode_preface(message.request(), &mut w)),
        26 => Ok(codec.encode_drain_reply(&message, &mut w)),
        _ => Ok(codec.encode_drain(&mut w)),
    };
    match written {
        Ok(()) if phase == 25 && w.0.is_empty() => {}
        Ok(()) => op(69, 0, 0, &[&w.0]),
        Err(why) => op(71, 0, 0, &[why.as_bytes()]),
    }
    answer::end()
}

/// What `decode_chunk` tells: frames begin where the one before ended.
pub struct Sink<'a> {
    /// Whether a caller sends this, and no upstream.
    pub request: bool,
    /// The largest frame that is taken.
    pub limit: u32,
    /// What is known about this connection and direction; `set_state` changes it.
    pub state: Vec<u8>,
    rest: &'a [u8],
}

impl Sink<'_> {
    /// A frame that says its `size` and `header_size`; its body is all behind the header.
    pub fn message(&mut self, frame: Frame) {
        self.told(frame.write(&Reader::new(self.rest)));
    }

    /// The same, of which the body is a part.
    pub fn message_with_body(&mut self, frame: Frame, at: usize, size: usize) {
        let mut reader = Reader::new(self.rest);
        reader.body = Some((at, size));
        self.told(frame.write(&reader));
    }

    /// So many bytes are no message, a greeting for example.
    pub fn passed(&mut self, size: usize) {
        op(73, 0, 0, &[&(size as u32).to_le_bytes()]);
        self.told(size);
    }

    /// So many bytes from here on have to be there; 0: more.
    pub fn need(&mut self, size: usize) {
        op(65, 0, 0, &[&(size as u32).to_le_bytes()]);
    }

    pub fn malformed(&mut self, code: Malformed, why: &str) {
        op(67, code as u8, 0, &[why.as_bytes()]);
    }

    pub fn set_state(&mut self, state: &[u8]) {
        op(68, 0, 0, &[state]);
        self.state = state.to_vec();
    }

    fn told(&mut self, size: usize) {
        self.rest = &self.rest[size.min(self.rest.len())..];
    }
}

fn decode_rest<C: Codec>(codec: &mut C, block: &[u8]) {
    let all = refer(block, 48).unwrap_or(&[]);
    let state = refer(block, 80).unwrap_or(&[]).to_vec();
    codec.decode_chunk(all, &mut Sink { request: block[24] == 1, limit: u32_at(block, 60), state, rest: all });
}

/// Decodes frame after frame, until a byte is missing or nothing is left.
fn decode_all<C: Codec>(codec: &mut C, block: &[u8]) {
    let all = refer(block, 48).unwrap_or(&[]);
    let mut at = 0;
    *STATE.get() = refer(block, 80).unwrap_or(&[]).to_vec();
    for _ in 0..FRAMES_MAX {
        if at >= all.len() {
            return;
        }
        let mut reader = Reader::new(&all[at..]);
        reader.request = block[24] == 1;
        reader.limit = u32_at(block, 60);
        reader.state = STATE.get();
        *NEXT.get() = None;
        let before = answer::size();
        match codec.decode(&mut reader) {
            Ok(frame) => at += frame.write(&reader),
            Err(Stop::Need(bytes)) => {
                answer::cut(before);
                return op(65, 0, 0, &[&(bytes.min(u32::MAX as usize) as u32).to_le_bytes()]);
            }
            Err(Stop::Malformed(code, why)) => return op(67, code as u8, 0, &[why.as_bytes()]),
        }
        if let Some(state) = NEXT.get().take() {
            op(68, 0, 0, &[&state]);
            *STATE.get() = state;
        }
    }
}
