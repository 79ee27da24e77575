//! Works through the steps of its configuration with what the kit offers.
use weir::*;

struct Step {
    name: String,
    words: Vec<String>,
    bytes: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Script {
    request: Vec<Step>,
    response: Vec<Step>,
    end: Vec<Step>,
    resume: Vec<Step>,
}

impl Filter for Script {
    fn on_configure(&mut self, config: &Config) -> Result<(), String> {
        for key in config.list("reads") {
            reads(&text(&unhex(&key.text())));
        }
        reads_operation();
        if config.flag("bodies") == Some(true) {
            reads_bodies();
        }
        if config.flag("beside") == Some(true) {
            reads_request();
        }
        let steps = |name: &str| steps(&config.get(name).unwrap_or_default());
        (self.request, self.response) = (steps("request"), steps("response"));
        (self.end, self.resume) = (steps("end"), steps("resume"));
        Ok(())
    }

    fn on_request(&mut self, metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
        work(&self.request, metadata, mutation)
    }

    fn on_response(&mut self, metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
        work(&self.response, metadata, mutation)
    }

    fn on_resume(&mut self, metadata: &Metadata, mutation: &mut Mutation, _resume: &Resume) -> Verdict {
        work(&self.resume, metadata, mutation)
    }

    fn on_end(&mut self, _metadata: &Metadata, outcome: &Outcome) {
        for step in &self.end {
            match (step.name.as_str(), step.words[0].as_str()) {
                ("log", _) => log(Level::Info, &step.bytes[0]),
                (_, "cluster") => log(Level::Info, outcome.cluster()),
                (_, "endpoint") => log(Level::Info, outcome.endpoint()),
                _ => log(Level::Info, outcome.error_text()),
            }
        }
    }
}

filter!(Script, on_request, on_response, on_end, on_resume);

fn work(steps: &[Step], metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
    for step in steps {
        act(step, metadata, mutation);
        match decide(step) {
            Verdict::Continue => {}
            verdict => return verdict,
        }
    }
    Verdict::Continue
}

fn act(step: &Step, metadata: &Metadata, mutation: &mut Mutation) {
    let key = |nth: usize| text(&step.bytes[nth]);
    match step.name.as_str() {
        "set" => mutation.set(&key(0), &step.bytes[1]),
        "add" => mutation.add(&key(0), &step.bytes[1]),
        "remove" => mutation.remove(&key(0)),
        "body" => mutation.body(&step.bytes[0]),
        "copy" => copy(&metadata.get_all(&key(0)), &key(1), mutation),
        "copy-from-request" => copy(&metadata.request().get_all(&key(0)), &key(1), mutation),
        "copy-id" => mutation.set(&key(0), metadata.request_id().as_bytes()),
        "copy-body" => mutation.set(&key(0), metadata.body()),
        "same-body" => mutation.body(metadata.body()),
        "copy-text" => mutation.set(&key(1), known(&step.words[0], metadata)),
        _ => {}
    }
}

fn known<'a>(what: &str, metadata: &Metadata<'a>) -> &'a [u8] {
    match what {
        "operation" => metadata.operation(),
        "listener" => metadata.listener(),
        "peer" => metadata.peer(),
        "protocol" => metadata.protocol(),
        _ => metadata.problem(),
    }
}

fn copy(values: &[&[u8]], to: &str, mutation: &mut Mutation) {
    for (index, value) in values.iter().enumerate() {
        match index {
            0 => mutation.set(to, value),
            _ => mutation.add(to, value),
        }
    }
}

fn decide(step: &Step) -> Verdict {
    let number = || step.words[0].parse::<u32>().ok();
    match step.name.as_str() {
        "drop" => Verdict::Drop,
        "close" => Verdict::Close,
        "pause" => pause(number().unwrap()),
        "reply-error" => reply_error(fault(number().unwrap()), text(&step.bytes[1])),
        "forward" => forward(text(&step.bytes[1]), number()),
        "reply" => {
            let pairs = step.bytes[1..].chunks_exact(2);
            let message = pairs.fold(Message::new(), |message, pair| message.add(pair[0].clone(), pair[1].clone()));
            reply(if step.words[0] == "-" { message } else { message.body(step.bytes[0].clone()) })
        }
        _ => Verdict::Continue,
    }
}

fn fault(number: u32) -> Fault {
    use Fault::*;
    [
        RouteNotFound, ClusterNotFound, NoHealthyUpstream, UpstreamConnectFailed, UpstreamReset, RequestTimeout,
        OverLimit, Denied, BadRequest, BadResponse, PluginFailed, Overloaded, Draining,
    ][number as usize - 1]
}

fn steps(line: &str) -> Vec<Step> {
    line.split(';').filter(|part| !part.is_empty()).map(step).collect()
}

fn step(part: &str) -> Step {
    let mut words = part.split(' ').map(String::from);
    let name = words.next().unwrap();
    let mut words: Vec<String> = words.collect();
    if words.is_empty() {
        words.push(String::new());
    }
    let bytes = words.iter().map(|word| unhex(word)).collect();
    Step { name, words, bytes }
}

/// What is written as hex; words that are none come to nothing that is used.
fn unhex(hex: &str) -> Vec<u8> {
    let digit = |sign: u8| (sign as char).to_digit(16).unwrap_or(0) as u8;
    hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
