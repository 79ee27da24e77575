//! Does what the language forbids: reads behind the end of a value, and a key that it did not declare.
const weir = @import("weir");

pub const panic = weir.panic;

comptime {
    weir.filter(@This(), .{ .keys = &.{"caller"} });
}

pub fn onRequest(metadata: weir.Metadata, mutation: weir.Mutation) void {
    const caller = metadata.get("caller") orelse metadata.get("other").?;
    mutation.set("tenth", caller[9..10]);
}
