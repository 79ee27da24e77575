//! What the host does for a plugin: log, counters, and with their grants the time, chance and the shared store.
use crate::answer::op;

mod import {
    #[link(wasm_import_module = "weir")]
    extern "C" {
        pub fn now() -> f64;
        pub fn random(at: *mut u8, size: u32);
        pub fn log(level: u32, at: *const u8, size: u32);
        pub fn kv_get(key: *const u8, key_size: u32, at: *mut u8, room: u32) -> i32;
        pub fn kv_set(key: *const u8, key_size: u32, at: *const u8, size: u32, ttl_ms: u32) -> i32;
        pub fn kv_delete(key: *const u8, key_size: u32);
        pub fn kv_add(key: *const u8, key_size: u32, by: f64, ttl_ms: u32) -> f64;
        pub fn kv_cas(
            key: *const u8,
            key_size: u32,
            expected: *const u8,
            expected_size: i32,
            at: *const u8,
            size: u32,
            ttl_ms: u32,
        ) -> i32;
    }
}

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

pub fn log(level: Level, text: impl AsRef<[u8]>) {
    op(32, level as u8, 0, &[text.as_ref()]);
}

/// Says what a panic says, at once: what is in the answer is lost with it.
pub(crate) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string().replace('\n', " ");
        unsafe { import::log(Level::Error as u32, text.as_ptr(), text.len() as u32) }
    }));
}

/// Adds to one of the plugin's counters; names are like `calls_refused`.
pub fn counter(name: &str, by: u32) {
    op(33, 0, 0, &[&by.to_le_bytes(), name.as_bytes()]);
}

/// Milliseconds since 1970. Needs the grant `clock`.
pub fn now() -> f64 {
    unsafe { import::now() }
}

/// A number from 0 to under 1. Needs the grant `random`.
pub fn random() -> f64 {
    let mut bytes = [0; 8];
    unsafe { import::random(bytes.as_mut_ptr(), 8) }
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1u64 << 53) as f64
}

/// What all workers share. Needs the grant `key-value`. A time to live of 0 keeps a value.
pub mod store {
    use super::import;

    pub fn get(key: &str) -> Option<Vec<u8>> {
        let mut value = vec![0; 256];
        loop {
            let room = value.len() as u32;
            let size = unsafe { import::kv_get(key.as_ptr(), key.len() as u32, value.as_mut_ptr(), room) };
            let size = usize::try_from(size).ok()?;
            let whole = size <= value.len();
            value.resize(size, 0);
            if whole {
                return Some(value);
            }
        }
    }

    /// False when the store is full.
    pub fn set(key: &str, value: impl AsRef<[u8]>, ttl_ms: u32) -> bool {
        let value = value.as_ref();
        let (at, size) = (value.as_ptr(), value.len() as u32);
        unsafe { import::kv_set(key.as_ptr(), key.len() as u32, at, size, ttl_ms) == 1 }
    }

    pub fn delete(key: &str) {
        unsafe { import::kv_delete(key.as_ptr(), key.len() as u32) }
    }

    /// Stores the value if what is there is what was expected; `None` expects nothing.
    pub fn cas(key: &str, expected: Option<&[u8]>, value: impl AsRef<[u8]>, ttl_ms: u32) -> bool {
        let value = value.as_ref();
        let (before, before_size) = match expected {
            Some(bytes) => (bytes.as_ptr(), bytes.len() as i32),
            None => (value.as_ptr(), -1),
        };
        let (at, size) = (value.as_ptr(), value.len() as u32);
        unsafe { import::kv_cas(key.as_ptr(), key.len() as u32, before, before_size, at, size, ttl_ms) == 1 }
    }

    /// Adds to a number and answers the sum; NaN when what is there is no number, or the store is full.
    pub fn add(key: &str, by: f64, ttl_ms: u32) -> f64 {
        unsafe { import::kv_add(key.as_ptr(), key.len() as u32, by, ttl_ms) }
    }
}
