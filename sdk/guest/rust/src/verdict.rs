//! What a handler answers.
use crate::answer::op;
use crate::message::Message;

#[derive(Debug)]
pub enum Verdict {
    Continue,
    /// Answers nobody.
    Drop,
    /// Closes the caller's connection.
    Close,
    ReplyError(Fault, String),
    Reply(Message),
    Forward(String, Option<u32>),
    Pause(u32),
    Call(String, Message, u32),
}

/// Errors of a proxy, which every protocol says in its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    RouteNotFound = 1,
    ClusterNotFound,
    NoHealthyUpstream,
    UpstreamConnectFailed,
    UpstreamReset,
    RequestTimeout,
    OverLimit,
    Denied,
    BadRequest,
    BadResponse,
    PluginFailed,
    Overloaded,
    Draining,
}

/// Refuses the message with the protocol's own error.
pub fn reply_error(fault: Fault, text: impl Into<String>) -> Verdict {
    Verdict::ReplyError(fault, text.into())
}

/// Answers the caller with a message.
pub fn reply(message: Message) -> Verdict {
    Verdict::Reply(message)
}

/// Sends the request to a cluster; without a time the listener's is taken.
pub fn forward(cluster: impl Into<String>, timeout_ms: Option<u32>) -> Verdict {
    Verdict::Forward(cluster.into(), timeout_ms)
}

/// Holds the message; `on_resume` is called when the time is over. Needs the grant `timers`.
pub fn pause(ms: u32) -> Verdict {
    Verdict::Pause(ms)
}

/// Asks a cluster something and holds the message; `on_resume` is called with the answer. Needs the grant `calls`.
pub fn call(cluster: impl Into<String>, message: Message, timeout_ms: u32) -> Verdict {
    Verdict::Call(cluster.into(), message, timeout_ms)
}

impl Verdict {
    pub(crate) fn say(&self, handle: u32) {
        match self {
            Verdict::Continue => {}
            Verdict::Drop => op(19, 0, handle, &[]),
            Verdict::Close => op(20, 0, handle, &[]),
            Verdict::ReplyError(fault, text) => op(16, *fault as u8, handle, &[text.as_bytes()]),
            Verdict::Reply(message) => op(17, 0, handle, &[&message.bytes()]),
            Verdict::Forward(cluster, timeout_ms) => {
                op(18, 0, handle, &[&timeout_ms.unwrap_or(u32::MAX).to_le_bytes(), cluster.as_bytes()])
            }
            Verdict::Pause(ms) => op(21, 0, handle, &[&ms.to_le_bytes()]),
            Verdict::Call(cluster, message, timeout_ms) => {
                let size = (cluster.len() as u32).to_le_bytes();
                op(22, 0, handle, &[&timeout_ms.to_le_bytes(), &size, cluster.as_bytes(), &message.bytes()])
            }
        }
    }
}
