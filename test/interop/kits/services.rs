//! Everything that an author has, one word of a request after the other. The other languages say the same.
use weir::*;

#[derive(Default)]
struct Services {
    said: Vec<String>,
    count: u32,
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn text(value: Option<impl AsRef<[u8]>>) -> String {
    value.map_or("none".into(), |bytes| lossy(bytes.as_ref()))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn joined(values: &[&[u8]]) -> String {
    lossy(&values.join(&b','))
}

impl Filter for Services {
    const READS: &'static [&'static str] = &["do", "key", "x"];

    fn on_configure(&mut self, config: &Config) -> Result<(), String> {
        reads_bodies();
        reads_operation();
        reads_request();
        reads_config();
        let word = config.get("word").unwrap_or_default();
        if word == "bad" {
            return Err("that is a bad word".into());
        }
        let times = config.number("times").unwrap_or(0.0) + 1.0;
        let on = yes(config.flag("on").unwrap_or(true));
        let list: Vec<String> = config.list("list").iter().map(|item| item.text()).collect();
        let deep = config.object("deep").and_then(|deep| deep.get("word")).unwrap_or_default();
        self.said.push(format!("{word} {times} {on} {} {deep}", list.join(",")));
        Ok(())
    }

    fn on_request(&mut self, metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
        let word = metadata.get_str("do").unwrap_or("");
        if word == "edit" {
            mutation.set("a", "1");
            mutation.add("a", "2");
            mutation.remove("b");
            mutation.body("new");
        }
        if let Some(said) = self.does(word, metadata) {
            mutation.set("said", said);
        }
        decide(word)
    }

    fn on_response(&mut self, metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
        mutation.set("said", format!("{} {}", text(metadata.request().get("do")), metadata.status()));
        Verdict::Continue
    }

    fn on_stream_data(&mut self, metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
        if metadata.get("do") == Some(b"drop") {
            return Verdict::Drop;
        }
        mutation.body([metadata.body(), b"!"].concat());
        Verdict::Continue
    }

    fn on_resume(&mut self, metadata: &Metadata, mutation: &mut Mutation, resume: &Resume) -> Verdict {
        let reason = match resume.reason() {
            Reason::Timer => "timer",
            Reason::Answer => "answer",
            Reason::Failed => "failed",
        };
        let phase = if resume.response() { "response" } else { "request" };
        let mut said = format!("{reason} {phase} {} {}", resume.pauses(), text(metadata.get("do")));
        if let Some(answer) = resume.answer() {
            said += &format!(" {} {}", text(answer.get("word")), lossy(answer.body()));
        }
        if resume.reason() == Reason::Failed {
            said += &format!(" {}", lossy(resume.text()));
        }
        mutation.set("said", said);
        Verdict::Continue
    }

    fn on_end(&mut self, metadata: &Metadata, outcome: &Outcome) {
        let error = [outcome.result() == EndResult::Error, outcome.error() == Fault::RequestTimeout as u8];
        let times = [outcome.duration_ms() as i64, outcome.upstream_ms() as i64];
        let sizes = [outcome.request_bytes(), outcome.response_bytes(), outcome.attempts()];
        let flags = [outcome.late_reply(), outcome.downstream_gone(), outcome.dropped(), outcome.retried()];
        let mut all = vec![text(metadata.get("do"))];
        all.extend(error.iter().map(|&each| yes(each).into()));
        all.extend([lossy(outcome.error_text()), outcome.status().to_string()]);
        all.extend(times.iter().map(|each| each.to_string()));
        all.extend(sizes.iter().map(|each| each.to_string()));
        all.extend([lossy(outcome.cluster()), lossy(outcome.endpoint())]);
        all.extend(flags.iter().map(|&each| yes(each).into()));
        log(Level::Info, all.join("|"));
    }

    fn snapshot(&mut self) -> Option<Vec<u8>> {
        if self.count > 0 { Some(self.count.to_string().into_bytes()) } else { None }
    }

    fn restore(&mut self, state: &[u8], version: &str) -> Result<(), String> {
        self.count = lossy(state).parse().map_err(|_| format!("no number from {version}"))?;
        Ok(())
    }
}

filter!(Services, on_request, on_response, on_stream_data, on_resume, on_end, snapshot, restore);

impl Services {
    fn does(&mut self, word: &str, m: &Metadata) -> Option<String> {
        Some(match word {
            "about" => {
                let parts = [m.operation(), m.request_id().as_bytes(), m.size().to_string().as_bytes()].join(&b'|');
                let more = [m.status().to_string().as_bytes(), m.listener(), m.peer(), m.protocol()].join(&b'|');
                format!("{}|{}", lossy(&parts), lossy(&more))
            }
            "keys" => joined(&m.keys()),
            "has" => format!("{} {}", yes(m.has("key")), yes(m.has("x"))),
            "get" => format!("{} {}", text(m.get("key")), text(m.get("x"))),
            "all" => format!("{}|{}", joined(&m.get_all("key")), joined(&m.get_all("x"))),
            "config" => self.said[m.config() as usize].clone(),
            "now" => ((now() / 1_000.0) as i64).to_string(),
            "random" => yes((0.0..1.0).contains(&random())).into(),
            "body" => lossy(m.body()),
            "count" => {
                self.count += 1;
                self.count.to_string()
            }
            "store" => stored(),
            "log" => {
                log(Level::Debug, "d");
                log(Level::Info, "i");
                log(Level::Warn, "w");
                log(Level::Error, "e");
                String::new()
            }
            "counter" => {
                counter("seen", 2);
                counter("seen", 1);
                String::new()
            }
            _ => return None,
        })
    }
}

fn stored() -> String {
    let mut notes: Vec<String> = vec![
        yes(store::set("a", "1", 0)).into(),
        yes(store::cas("a", Some(b"2"), "3", 0)).into(),
        yes(store::cas("a", Some(b"1"), "3", 0)).into(),
        text(store::get("a")),
        store::add("n", 2.0, 0).to_string(),
        store::add("n", 1.0, 0).to_string(),
        store::add("a", 1.0, 0).to_string(),
    ];
    store::delete("a");
    notes.push(text(store::get("a")));
    notes.push(yes(store::cas("a", None, "x", 0)).into());
    notes.push(yes(store::cas("a", None, "y", 0)).into());
    notes.push(yes(store::set("b", "brief", 10)).into());
    notes.push(store::get("long").map_or(0, |value| value.len()).to_string());
    notes.join(" ")
}

fn decide(word: &str) -> Verdict {
    match word {
        "drop" => Verdict::Drop,
        "close" => Verdict::Close,
        "refuse" => reply_error(Fault::Denied, "no"),
        "reply" => reply(Message::new().add("k", "v").body("made")),
        "forward" => forward("other", Some(70)),
        "pause" => pause(10),
        "call" => call("other", Message::new().add("q", "1").body("ask"), 50),
        _ => Verdict::Continue,
    }
}
