//! The block that the host writes, and memory for what a handler makes.
const std = @import("std");

pub const gpa = std.heap.wasm_allocator;
var arena_state = std.heap.ArenaAllocator.init(gpa);
pub const arena = arena_state.allocator();
var input: []align(8) u8 = &.{};

pub fn makeInput(size: u32) [*]u8 {
    if (input.len > 0) gpa.free(input);
    input = gpa.alignedAlloc(u8, .@"8", size) catch @trap();
    return input.ptr;
}

pub fn block() [*]const u8 {
    return input.ptr;
}

/// A call is over: what it made is forgotten.
pub fn forget() void {
    _ = arena_state.reset(.retain_capacity);
}

pub fn print(comptime format: []const u8, values: anytype) []const u8 {
    return std.fmt.allocPrint(arena, format, values) catch @trap();
}
