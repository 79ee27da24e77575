//! What there is once in an instance. A guest has one thread and is never called while it runs, which is all that makes
//! this sound: nothing here may be kept from one call to the next.
use std::cell::UnsafeCell;

pub struct Place<T>(UnsafeCell<T>);

unsafe impl<T> Sync for Place<T> {}

impl<T> Place<T> {
    pub const fn new(value: T) -> Self {
        Place(UnsafeCell::new(value))
    }

    #[allow(clippy::mut_from_ref)]
    pub fn get(&self) -> &mut T {
        unsafe { &mut *self.0.get() }
    }
}

/// The buffer that the host writes blocks into; of numbers, so that it begins at a multiple of 8.
static INPUT: Place<Vec<u64>> = Place::new(Vec::new());

pub fn input(size: u32) -> *mut u8 {
    let buffer = INPUT.get();
    *buffer = vec![0; (size as usize + 7) / 8];
    buffer.as_mut_ptr() as *mut u8
}

/// The block, as far as the host wrote it.
pub fn block() -> &'static [u8] {
    let buffer = INPUT.get();
    let all = unsafe { std::slice::from_raw_parts(buffer.as_ptr() as *const u8, buffer.len() * 8) };
    &all[..u32_at(all, 0) as usize]
}

#[inline]
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[inline]
pub fn u16_at(bytes: &[u8], at: usize) -> u32 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()) as u32
}

pub fn f64_at(bytes: &[u8], at: usize) -> f64 {
    f64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// What a ref at a place refers to; nothing when it is absent.
#[inline]
pub fn refer(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let start = u32_at(bytes, at) as usize;
    if start == 0 {
        return None;
    }
    Some(&bytes[start..start + u32_at(bytes, at + 4) as usize])
}
