//! Writes a frame. Every function answers the writer, so that fields stand in a row.
#[derive(Default)]
pub struct Writer(pub(crate) Vec<u8>);

macro_rules! numbers {
    ($($name:ident $little:ident $type:ty;)*) => {$(
        pub fn $name(&mut self, value: $type) -> &mut Self {
            self.bytes(value.to_be_bytes())
        }

        pub fn $little(&mut self, value: $type) -> &mut Self {
            self.bytes(value.to_le_bytes())
        }
    )*};
}

impl Writer {
    numbers! {
        u16 u16le u16;
        u32 u32le u32;
        u64 u64le u64;
        i16 i16le i16;
        i32 i32le i32;
        i64 i64le i64;
    }

    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes([value])
    }

    pub fn i8(&mut self, value: i8) -> &mut Self {
        self.u8(value as u8)
    }

    pub fn u24(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_be_bytes()[1..])
    }

    pub fn u24le(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes()[..3])
    }

    /// Groups of 7 bits, lowest first.
    pub fn varint(&mut self, mut value: u64) -> &mut Self {
        while value > 0x7f {
            self.u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.u8(value as u8)
    }

    pub fn zigzag(&mut self, value: i64) -> &mut Self {
        self.varint(((value << 1) ^ (value >> 63)) as u64)
    }

    pub fn bytes(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.extend_from_slice(bytes.as_ref());
        self
    }

    /// Bytes written so far.
    pub fn at(&self) -> usize {
        self.0.len()
    }

    /// What was written, for sums over it, and for what is known later: `w.written()[4..8].copy_from_slice(…)`.
    pub fn written(&mut self) -> &mut [u8] {
        &mut self.0
    }
}
