//! The list of operations, written into memory that is used again for every call.
const gpa = @import("memory.zig").gpa;
const std = @import("std");

var first: [4096]u8 align(8) = undefined;
var list: []u8 = &first;
var size: usize = 4;
var began: usize = 0;

pub fn begin() void {
    size = 4;
}

/// The whole list; nothing when nothing was said.
pub fn end() ?[*]const u8 {
    if (size == 4) return null;
    std.mem.writeInt(u32, list[0..4], @intCast(size), .little);
    return list.ptr;
}

pub fn op(code: u8, arg: u8, handle: u32) void {
    began = size;
    bytes(&.{ code, arg, 0, 0, 0, 0, 0, 0 });
    number(handle);
}

pub fn endOp() void {
    std.mem.writeInt(u32, list[began + 4 ..][0..4], @intCast(size - began), .little);
    while (size % 4 != 0) bytes(&.{0});
}

pub fn number(value: u32) void {
    bytes(std.mem.asBytes(&std.mem.nativeToLittle(u32, value)));
}

pub fn bytes(text: []const u8) void {
    if (text.len > list.len - size) grow(text.len);
    // A few bytes are copied one by one, which is quicker than asking the engine to do it.
    if (text.len > 16) @memcpy(list[size..][0..text.len], text) else for (text, list[size..][0..text.len]) |from, *to| to.* = from;
    size += text.len;
}

pub fn sized(text: []const u8) void {
    number(@intCast(text.len));
    bytes(text);
}

/// An operation that is nothing but a text.
pub fn say(code: u8, arg: u8, handle: u32, text: []const u8) void {
    op(code, arg, handle);
    bytes(text);
    endOp();
}

fn grow(more: usize) void {
    const larger = gpa.alignedAlloc(u8, .@"8", list.len * 2 + more) catch @trap();
    @memcpy(larger[0..size], list[0..size]);
    if (list.ptr != &first) gpa.free(@as([]align(8) u8, @alignCast(list)));
    list = larger;
}
