//! A value of the configuration, read out of its JSON when it is asked for. The host wrote that JSON, so it is whole.
#[derive(Clone, Copy)]
pub struct Config<'a>(&'a [u8]);

impl<'a> Config<'a> {
    pub(crate) fn new(json: &'a [u8]) -> Self {
        Config(&json[space(json, 0)..])
    }

    /// The text under a key, or the number or word as it is written; nothing when there is none.
    pub fn get(&self, key: &str) -> Option<String> {
        self.value(key).map(|value| value.text())
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?.parse().ok()
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        self.get(key)?.parse().ok()
    }

    pub fn object(&self, key: &str) -> Option<Config<'a>> {
        self.value(key).filter(|value| value.0.first() == Some(&b'{'))
    }

    /// The items under a key; none when there is no list.
    pub fn list(&self, key: &str) -> Vec<Config<'a>> {
        match self.value(key) {
            Some(value) if value.0.first() == Some(&b'[') => value.parts(),
            _ => Vec::new(),
        }
    }

    pub fn keys(&self) -> Vec<String> {
        self.parts().iter().step_by(2).map(|key| key.text()).collect()
    }

    /// The text itself, or what stands in the JSON.
    pub fn text(&self) -> String {
        match self.0 {
            [b'"', inside @ .., b'"'] => unescape(inside),
            other => String::from_utf8_lossy(other).into_owned(),
        }
    }

    fn value(&self, key: &str) -> Option<Config<'a>> {
        if self.0.first() != Some(&b'{') {
            return None;
        }
        let parts = self.parts();
        let pair = parts.chunks_exact(2).find(|pair| pair[0].text() == key)?;
        Some(pair[1]).filter(|value| value.0 != b"null")
    }

    /// What stands in an object or a list, keys and values by turns.
    fn parts(&self) -> Vec<Config<'a>> {
        let mut parts = Vec::new();
        let mut at = space(self.0, 1);
        while at < self.0.len() && !matches!(self.0[at], b'}' | b']') {
            let end = value_end(self.0, at);
            parts.push(Config(&self.0[at..end]));
            at = space(self.0, end);
        }
        parts
    }
}

/// Passes over space, commas and colons.
fn space(json: &[u8], from: usize) -> usize {
    let rest = json.get(from..).unwrap_or(&[]);
    from + rest.iter().take_while(|&&sign| sign <= b' ' || sign == b',' || sign == b':').count()
}

/// The end of the value that begins here: brackets are counted, texts passed over.
fn value_end(json: &[u8], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < json.len() {
        match json[at] {
            b'"' => at = text_end(json, at),
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            sign if depth == 0 && (sign == b',' || sign == b':' || sign <= b' ') => return at,
            _ => {}
        }
        at += 1;
        if depth == 0 && matches!(json[at - 1], b'"' | b'}' | b']') {
            return at;
        }
    }
    at
}

/// The quote that ends the text that begins here.
fn text_end(json: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while at < json.len() && json[at] != b'"' {
        at += if json[at] == b'\\' { 2 } else { 1 };
    }
    at
}

fn unescape(inside: &[u8]) -> String {
    let text = String::from_utf8_lossy(inside);
    if !text.contains('\\') {
        return text.into_owned();
    }
    let mut units = Vec::new();
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        let made = match sign {
            '\\' => escaped(&mut signs),
            other => Ok(other),
        };
        match made {
            Ok(sign) => units.extend_from_slice(sign.encode_utf16(&mut [0; 2])),
            Err(unit) => units.push(unit),
        }
    }
    String::from_utf16_lossy(&units)
}

/// What stands behind a backslash: a sign, or one unit of UTF-16.
fn escaped(signs: &mut std::str::Chars) -> Result<char, u16> {
    match signs.next() {
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some('b') => Ok('\u{8}'),
        Some('f') => Ok('\u{c}'),
        Some('u') => {
            let digits: String = signs.take(4).collect();
            Err(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd))
        }
        other => Ok(other.unwrap_or('\\')),
    }
}
