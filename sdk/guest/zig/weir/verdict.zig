//! What a handler answers; nothing lets the message go on.
const answer = @import("answer.zig");

const none = 0xffff_ffff;

/// Errors of a proxy, which every protocol says in its way.
pub const Fault = enum(u8) {
    none,
    route_not_found,
    cluster_not_found,
    no_healthy_upstream,
    upstream_connect_failed,
    upstream_reset,
    request_timeout,
    over_limit,
    denied,
    bad_request,
    bad_response,
    plugin_failed,
    overloaded,
    draining,
    _,
};

/// One that the filter makes itself.
pub const Message = struct {
    properties: []const [2][]const u8 = &.{},
    body: ?[]const u8 = null,
};

pub const Verdict = union(enum) {
    /// Answers nobody.
    drop,
    /// Closes the caller's connection.
    close,
    reply_error: struct { fault: Fault, text: []const u8 },
    reply: Message,
    forward: struct { cluster: []const u8, timeout_ms: ?u32 },
    pause: u32,
    call: struct { cluster: []const u8, message: Message, timeout_ms: u32 },

    pub fn say(verdict: Verdict, handle: u32) void {
        switch (verdict) {
            .drop => answer.op(19, 0, handle),
            .close => answer.op(20, 0, handle),
            .reply_error => |made| {
                answer.op(16, @backingInt(made.fault), handle);
                answer.bytes(made.text);
            },
            .reply => |message| {
                answer.op(17, 0, handle);
                carry(message);
            },
            .forward => |made| {
                answer.op(18, 0, handle);
                answer.number(made.timeout_ms orelse none);
                answer.bytes(made.cluster);
            },
            .pause => |ms| {
                answer.op(21, 0, handle);
                answer.number(ms);
            },
            .call => |made| {
                answer.op(22, 0, handle);
                answer.number(made.timeout_ms);
                answer.sized(made.cluster);
                carry(made.message);
            },
        }
        answer.endOp();
    }
};

/// Refuses the message with the protocol's own error.
pub fn replyError(fault: Fault, text: []const u8) Verdict {
    return .{ .reply_error = .{ .fault = fault, .text = text } };
}

/// Answers the caller with a message.
pub fn reply(message: Message) Verdict {
    return .{ .reply = message };
}

/// Sends the request to a cluster; without a time the listener's is taken.
pub fn forward(cluster: []const u8, timeout_ms: ?u32) Verdict {
    return .{ .forward = .{ .cluster = cluster, .timeout_ms = timeout_ms } };
}

/// Holds the message; onResume is called when the time is over. Needs the grant `timers`.
pub fn pause(ms: u32) Verdict {
    return .{ .pause = ms };
}

/// Asks a cluster something and holds the message; onResume is called with the answer. Needs the grant `calls`.
pub fn call(cluster: []const u8, message: Message, timeout_ms: u32) Verdict {
    return .{ .call = .{ .cluster = cluster, .message = message, .timeout_ms = timeout_ms } };
}

fn carry(message: Message) void {
    answer.number(if (message.body) |body| @intCast(body.len) else none);
    answer.number(@intCast(message.properties.len));
    for (message.properties) |property| {
        answer.number(@intCast(property[0].len));
        answer.number(@intCast(property[1].len));
        answer.bytes(property[0]);
        answer.bytes(property[1]);
    }
    answer.bytes(message.body orelse "");
}
