//! Changes of the message, done when the handler has returned.
const answer = @import("answer.zig");

pub const Mutation = struct {
    handle: u32,

    /// Replaces every value of a key.
    pub fn set(m: Mutation, key: []const u8, value: []const u8) void {
        m.edit(1, key, value);
    }

    /// Appends a value.
    pub fn add(m: Mutation, key: []const u8, value: []const u8) void {
        m.edit(2, key, value);
    }

    /// Removes every value.
    pub fn remove(m: Mutation, key: []const u8) void {
        answer.say(3, 0, m.handle, key);
    }

    /// Replaces the body.
    pub fn body(m: Mutation, bytes: []const u8) void {
        answer.say(4, 0, m.handle, bytes);
    }

    fn edit(m: Mutation, code: u8, key: []const u8, value: []const u8) void {
        answer.op(code, 0, m.handle);
        answer.sized(key);
        answer.bytes(value);
        answer.endOp();
    }
};
