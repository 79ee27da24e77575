//! Tags requests with their caller, refuses those without one, and counts what comes back.
const weir = @import("weir");

/// What goes wrong is in the log.
pub const panic = weir.panic;

comptime {
    weir.filter(@This(), .{ .keys = &.{ "caller", "method" } });
}

var tag: []const u8 = "x-tag";

pub fn onConfigure(config: weir.Config) void {
    tag = config.get("tag") orelse tag;
}

pub fn onRequest(metadata: weir.Metadata, mutation: weir.Mutation) ?weir.Verdict {
    const caller = metadata.get("caller") orelse return weir.replyError(.denied, "who calls?");
    if (metadata.is("method", "sayHello")) mutation.set(tag, caller);
    return null;
}

pub fn onResponse(_: weir.Metadata, _: weir.Mutation) void {
    weir.counter("answers", 1);
}
