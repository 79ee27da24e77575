//! What `decode` makes of a frame. Its texts and properties are gathered in memory that is used again for every frame.
use crate::answer::op;
use crate::metadata::Kind;
use crate::place::Place;
use crate::reader::Reader;
use std::io::Write;

const FIXED: u32 = 64;
const ROW: u32 = 16;
const OWN: u32 = 0x8000_0000;

/// What refs point at that is no part of the frame, and the rows of the properties.
static OWN_BYTES: Place<Vec<u8>> = Place::new(Vec::new());
static ROWS: Place<Vec<(Ref, Ref)>> = Place::new(Vec::new());

#[derive(Clone, Copy, Default)]
struct Ref(u32, u32);

/// What may be a value: a text, bytes, or a whole number.
pub trait Value {
    /// Appends it; or, where it is bytes, answers them.
    fn append(&self, own: &mut Vec<u8>) -> Option<&[u8]>;
}

macro_rules! texts {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn append(&self, _own: &mut Vec<u8>) -> Option<&[u8]> {
                Some(self.as_ref())
            }
        }
    )*};
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn append(&self, own: &mut Vec<u8>) -> Option<&[u8]> {
                let _ = write!(own, "{}", self);
                None
            }
        }
    )*};
}

texts!(&str, &[u8], String, Vec<u8>);
numbers!(i8, u8, i16, u16, i32, u32, i64, u64, usize);

/// Whether a request needs an upstream connection of its client's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Affinity {
    Shared,
    Own,
    /// Gives the connection back.
    Release,
}

/// For `wait_ms`: the reply may be put off for as long as it takes.
pub const FOR_EVER: u32 = u32::MAX;

pub struct Frame {
    pub(crate) code: u8,
    kind: Kind,
    id: u64,
    id_text: Ref,
    id_at: u32,
    status: i32,
    stream_id: u32,
    header_size: Option<u32>,
    size: Option<u32>,
    operation: Ref,
    why: Ref,
    affinity: Affinity,
    wait_ms: u32,
}

/// A frame that was understood.
pub fn message(kind: Kind) -> Frame {
    OWN_BYTES.get().clear();
    ROWS.get().clear();
    Frame {
        code: 64,
        kind,
        id: 0,
        id_text: Ref::default(),
        id_at: u32::MAX,
        status: -1,
        stream_id: 0,
        header_size: None,
        size: None,
        operation: Ref::default(),
        why: Ref::default(),
        affinity: Affinity::Shared,
        wait_ms: 0,
    }
}

/// One that is understood and not taken: its sender is told why, and what is behind it comes as usual.
pub fn refused(kind: Kind, why: &str) -> Frame {
    let mut frame = message(kind);
    frame.code = 66;
    frame.why = keep(None, &why);
    frame
}

/// What was read is no message, a greeting for example. Goes with `encode_preface`.
pub fn passed() -> Frame {
    let mut frame = message(Kind::Request);
    frame.code = 73;
    frame
}

impl Frame {
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// The id where it is a text.
    pub fn id_text(mut self, reader: &Reader, id: impl Value) -> Self {
        self.id_text = keep(Some(reader), &id);
        self
    }

    /// Where in the frame the id stands, where that differs from frame to frame.
    pub fn id_at(mut self, at: usize) -> Self {
        self.id_at = at as u32;
        self
    }

    pub fn status(mut self, status: i32) -> Self {
        self.status = status;
        self
    }

    pub fn operation(mut self, operation: impl Value) -> Self {
        self.operation = keep(None, &operation);
        self
    }

    pub fn stream_id(mut self, id: u32) -> Self {
        self.stream_id = id;
        self
    }

    /// Left out, what was read before the body.
    pub fn header_size(mut self, size: usize) -> Self {
        self.header_size = Some(size as u32);
        self
    }

    /// Left out, what was read.
    pub fn size(mut self, size: usize) -> Self {
        self.size = Some(size as u32);
        self
    }

    /// The request needs a connection of its client's own, or gives it back.
    pub fn affinity(mut self, affinity: Affinity) -> Self {
        self.affinity = affinity;
        self
    }

    /// How long the request itself asks for its reply to be put off at most.
    pub fn wait_ms(mut self, ms: u32) -> Self {
        self.wait_ms = ms;
        self
    }

    /// Appends a property.
    pub fn property(self, key: &str, value: impl Value) -> Self {
        ROWS.get().push((keep(None, &key), keep(None, &value)));
        self
    }

    /// Appends a property that stands in the frame, and is not copied.
    pub fn property_of(self, reader: &Reader, key: &[u8], value: &[u8]) -> Self {
        ROWS.get().push((keep(Some(reader), &key), keep(Some(reader), &value)));
        self
    }

    /// Writes the operation, and answers how long the frame is.
    pub(crate) fn write(&self, reader: &Reader) -> usize {
        let rows = ROWS.get();
        let shift = FIXED + rows.len() as u32 * ROW;
        let (body_at, body_size) = reader.body.unwrap_or_default();
        let header = reader.body.map_or(reader.at, |(at, _)| at) as u32;
        let size = self.size.unwrap_or(reader.at as u32);
        if self.code == 73 {
            op(73, 0, 0, &[&size.to_le_bytes()]);
            return size as usize;
        }
        let mut fixed: Vec<u8> = Vec::with_capacity(shift as usize);
        let mut number = |value: u32| fixed.extend_from_slice(&value.to_le_bytes());
        number(size);
        number(self.header_size.unwrap_or(header));
        number(self.status as u32);
        number(self.id as u32);
        number((self.id >> 32) as u32);
        number(self.stream_id);
        let place = |Ref(at, size): Ref| [if at & OWN != 0 { at + shift } else { at }, size];
        place(self.id_text).into_iter().chain(place(self.operation)).for_each(&mut number);
        [body_at as u32, body_size as u32, self.id_at, rows.len() as u32].into_iter().for_each(&mut number);
        place(self.why).into_iter().for_each(&mut number);
        for (key, value) in rows.iter() {
            place(*key).into_iter().chain(place(*value)).for_each(&mut number);
        }
        op(self.code, self.kind as u8, 0, &[&fixed, OWN_BYTES.get()]);
        if self.affinity != Affinity::Shared || self.wait_ms != 0 {
            op(74, self.affinity as u8, 0, &[&self.wait_ms.to_le_bytes()]);
        }
        size as usize
    }
}

/// Where a value is: in the frame that is read, or behind the rows.
fn keep(reader: Option<&Reader>, value: &dyn Value) -> Ref {
    let own = OWN_BYTES.get();
    let before = own.len();
    if let Some(bytes) = value.append(own) {
        if let Some(place) = reader.and_then(|reader| reader.place_of(bytes)) {
            return Ref(place as u32, bytes.len() as u32);
        }
        own.extend_from_slice(bytes);
    }
    Ref(before as u32 | OWN, (own.len() - before) as u32)
}
