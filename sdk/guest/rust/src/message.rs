//! A message that the filter makes itself, to answer a caller or to ask a cluster.
#[derive(Clone, Debug, Default)]
pub struct Message {
    properties: Vec<(Vec<u8>, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

impl Message {
    pub fn new() -> Self {
        Message::default()
    }

    /// Appends a value.
    pub fn add(mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.properties.push((key.into(), value.into()));
        self
    }

    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    /// As operations carry it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let size = self.body.as_ref().map_or(u32::MAX, |body| body.len() as u32);
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(&(self.properties.len() as u32).to_le_bytes());
        for (key, value) in &self.properties {
            bytes.extend_from_slice(&(key.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(value);
        }
        bytes.extend_from_slice(self.body.as_deref().unwrap_or(&[]));
        bytes
    }
}
