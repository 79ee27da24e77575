//! Changes of the message, done when the handler has returned.
use crate::answer::op;

pub struct Mutation {
    pub(crate) handle: u32,
}

impl Mutation {
    /// Replaces every value of a key.
    pub fn set(&mut self, key: &str, value: impl AsRef<[u8]>) {
        self.edit(1, key, value.as_ref());
    }

    /// Appends a value.
    pub fn add(&mut self, key: &str, value: impl AsRef<[u8]>) {
        self.edit(2, key, value.as_ref());
    }

    /// Removes every value.
    pub fn remove(&mut self, key: &str) {
        op(3, 0, self.handle, &[key.as_bytes()]);
    }

    /// Replaces the body.
    pub fn body(&mut self, bytes: impl AsRef<[u8]>) {
        op(4, 0, self.handle, &[bytes.as_ref()]);
    }

    #[inline]
    fn edit(&mut self, code: u8, key: &str, value: &[u8]) {
        op(code, 0, self.handle, &[&(key.len() as u32).to_le_bytes(), key.as_bytes(), value]);
    }
}
