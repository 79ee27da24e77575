//! Reads a frame straight on: every function answers an error where a byte is missing, which `?` hands on. `decode` is
//! begun anew when there is more.

/// Why a frame ends here.
#[derive(Debug)]
pub enum Stop {
    /// So many bytes of the frame have to be there.
    Need(usize),
    Malformed(Malformed, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Malformed {
    Magic = 1,
    Version,
    FrameSize,
    Header,
    Body,
    Checksum,
    Unexpected,
}

/// The connection cannot be understood any further: `return malformed(…)`.
pub fn malformed<T>(code: Malformed, why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Malformed(code, why.into()))
}

pub struct Reader<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    end: usize,
    pub(crate) body: Option<(usize, usize)>,
    /// Whether a caller sends this, and no upstream.
    pub request: bool,
    /// What is known about this connection and direction; `set_state` changes it.
    pub state: &'a [u8],
    /// The largest frame that is taken.
    pub limit: u32,
}

/// Two functions for each width: big endian, and little endian with `le` behind.
macro_rules! numbers {
    ($($name:ident $little:ident $type:ty;)*) => {$(
        pub fn $name(&mut self) -> Result<$type, Stop> {
            Ok(<$type>::from_be_bytes(self.bytes(std::mem::size_of::<$type>())?.try_into().unwrap()))
        }

        pub fn $little(&mut self) -> Result<$type, Stop> {
            Ok(self.$name()?.swap_bytes())
        }
    )*};
}

impl<'a> Reader<'a> {
    /// Reads bytes from their beginning.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0, end: usize::MAX, body: None, request: false, state: &[], limit: 0 }
    }

    numbers! {
        u16 u16le u16;
        u32 u32le u32;
        u64 u64le u64;
        i16 i16le i16;
        i32 i32le i32;
        i64 i64le i64;
    }

    pub fn u8(&mut self) -> Result<u8, Stop> {
        Ok(self.bytes(1)?[0])
    }

    pub fn i8(&mut self) -> Result<i8, Stop> {
        Ok(self.u8()? as i8)
    }

    pub fn u24(&mut self) -> Result<u32, Stop> {
        let bytes = self.bytes(3)?;
        Ok((bytes[0] as u32) << 16 | (bytes[1] as u32) << 8 | bytes[2] as u32)
    }

    pub fn u24le(&mut self) -> Result<u32, Stop> {
        Ok((self.u24()? << 8).swap_bytes())
    }

    /// Groups of 7 bits, lowest first, at most 64 bits.
    pub fn varint(&mut self) -> Result<u64, Stop> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()? as u64;
            value |= (byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        malformed(Malformed::Header, "a number of more than 64 bits")
    }

    pub fn zigzag(&mut self) -> Result<i64, Stop> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let end = self.at.saturating_add(count);
        if end > self.end {
            return malformed(Malformed::Header, "a part reaches beyond its frame");
        }
        let bytes = self.bytes.get(self.at..end).ok_or(Stop::Need(end))?;
        self.at = end;
        Ok(bytes)
    }

    pub fn skip(&mut self, count: usize) -> Result<(), Stop> {
        self.bytes(count).map(|_| ())
    }

    /// The bytes up to a line feed, without it and without a carriage return before it.
    pub fn line(&mut self, most: usize) -> Result<&'a [u8], Stop> {
        let rest = &self.bytes[self.at..];
        let size = match rest.iter().take(most + 1).position(|&byte| byte == b'\n') {
            Some(size) => size,
            None if rest.len() > most => return malformed(Malformed::Header, "a line that is too long"),
            None => return Err(Stop::Need(self.bytes.len() + 1)),
        };
        let line = &self.bytes(size + 1)?[..size];
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Says where the frame ends: what reaches beyond it ends the connection.
    pub fn until(&mut self, end: usize) -> Result<(), Stop> {
        self.end = end;
        self.skip(0)
    }

    /// The body, which need not be there yet.
    pub fn body(&mut self, count: usize) {
        self.body = Some((self.at, count));
        self.at = self.at.saturating_add(count);
    }

    /// Ends the connection when others stand here, at the first that differs.
    pub fn magic(&mut self, wanted: &[u8]) -> Result<(), Stop> {
        for &byte in wanted {
            if self.u8()? != byte {
                return malformed(Malformed::Magic, "these are not the bytes of this protocol");
            }
        }
        Ok(())
    }

    /// How much was read so far, and what is there and not read.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// What was read so far, for sums over it.
    pub fn so_far(&self) -> &'a [u8] {
        &self.bytes[..self.at.min(self.bytes.len())]
    }

    pub(crate) fn place_of(&self, bytes: &[u8]) -> Option<usize> {
        let place = (bytes.as_ptr() as usize).wrapping_sub(self.bytes.as_ptr() as usize);
        let end = place.checked_add(bytes.len())?;
        (end <= self.bytes.len() && !bytes.is_empty()).then(|| place)
    }
}
