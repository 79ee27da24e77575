package weir.interop;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.RpcException;

/**
 * A consumer driven by lines on stdin: connect, disconnect, call, burst, quit. Operations run side by side, so a
 * slow call holds up nothing. Answers carry the operation's id, in the order in which they finish.
 */
public final class Caller {
    private final Lines lines = new Lines();
    private final Connections connections = new Connections();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private Caller() {
    }

    public static void main(String[] args) throws Exception {
        Caller caller = new Caller();
        Map<String, Object> ready = new HashMap<>();
        ready.put("ready", true);
        caller.lines.write(ready);
        caller.lines.each(op -> caller.threads.execute(() -> caller.answer(op)));
        Runtime.getRuntime().halt(0);
    }

    private void answer(Map<String, Object> op) {
        long start = System.nanoTime();
        Map<String, Object> reply = Lines.reply(op, true);
        try {
            run(op, reply);
        } catch (Throwable error) {
            reply = Lines.reply(op, false);
            describe(unwrap(error), reply);
        }
        reply.put("ms", (System.nanoTime() - start) / 1_000_000);
        lines.write(reply);
    }

    private void run(Map<String, Object> op, Map<String, Object> reply) throws Throwable {
        String name = Lines.text(op, "on", "main");
        switch (Lines.text(op, "op", "")) {
            case "connect":
                connections.open(name, op);
                return;
            case "disconnect":
                connections.close(name);
                return;
            case "call":
                call(connections.get(name), op, reply);
                return;
            case "burst":
                reply.put("value", new Burst(connections.get(name).service, op).run());
                return;
            case "quit":
                Runtime.getRuntime().halt(0);
                return;
            default:
                throw new IllegalArgumentException("no such operation");
        }
    }

    private void call(Connections.Connection connection, Map<String, Object> op, Map<String, Object> reply)
            throws ReflectiveOperationException {
        Method method = method(Lines.text(op, "method", ""));
        Object[] args = arguments(method, op);
        // Version 2.7 keeps what a direct call left behind on this thread.
        RpcContext.removeContext();
        RpcContext.removeServerContext();
        attach(op);
        Map<String, Object> kept = AnswerFilter.next();
        Callable<Object> once = Boolean.TRUE.equals(op.get("generic"))
                ? () -> connection.generic().$invoke(method.getName(), typeNames(method), generalized(method, args, op))
                : () -> method.invoke(connection.service, args);
        try {
            Object value = Boolean.TRUE.equals(op.get("async")) ? later(once) : once.call();
            if (value instanceof CompletableFuture) {
                value = ((CompletableFuture<?>) value).get();
            }
            reply.put("value", Values.toJson(value));
        } catch (Throwable error) {
            reply.put("ok", false);
            describe(unwrap(error), reply);
        }
        reply.put("attachments", Values.toJson(AnswerFilter.sorted(kept)));
    }

    /** The call is sent with the async mark of RpcContext, and its future is awaited. */
    private static Object later(Callable<Object> once) throws Exception {
        return RpcContext.getContext().asyncCall(once).get();
    }

    private static void attach(Map<String, Object> op) {
        RpcContext context = RpcContext.getContext();
        if (op.get("attachments") != null) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) op.get("attachments")).entrySet()) {
                context.setAttachment((String) entry.getKey(), attachment(entry.getValue()));
            }
        }
        if (op.containsKey("timeoutMs")) {
            context.setAttachment("timeout", (Object) Lines.number(op, "timeoutMs", 0));
        }
        if (Boolean.TRUE.equals(op.get("oneway"))) {
            context.setAttachment("return", "false");
        }
    }

    /** A whole number travels as an int, so that a test can send values that are no strings. */
    private static Object attachment(Object json) {
        boolean whole = json instanceof Double && (Double) json == Math.rint((Double) json);
        return whole ? Integer.valueOf(((Double) json).intValue()) : json;
    }

    private static Method method(String name) {
        for (Method method : PeerService.class.getMethods()) {
            if (method.getName().equals(name)) {
                return method;
            }
        }
        throw new IllegalArgumentException("no method " + name);
    }

    private static Object[] arguments(Method method, Map<String, Object> op) throws ReflectiveOperationException {
        List<?> json = op.get("args") == null ? new ArrayList<>() : (List<?>) op.get("args");
        Object[] args = new Object[method.getParameterCount()];
        for (int i = 0; i < args.length; i++) {
            args[i] = Values.fromJson(method.getGenericParameterTypes()[i], json.get(i));
        }
        return args;
    }

    private static String[] typeNames(Method method) {
        String[] names = new String[method.getParameterCount()];
        for (int i = 0; i < names.length; i++) {
            names[i] = method.getParameterTypes()[i].getName();
        }
        return names;
    }

    /** Generic calls carry objects as maps; the JSON has that form already. */
    private static Object[] generalized(Method method, Object[] args, Map<String, Object> op) {
        Object[] generalized = args.clone();
        for (int i = 0; i < args.length; i++) {
            if (method.getParameterTypes()[i].getName().startsWith("weir.")) {
                generalized[i] = ((List<?>) op.get("args")).get(i);
            }
        }
        return generalized;
    }

    private static void describe(Throwable error, Map<String, Object> reply) {
        reply.put("class", error.getClass().getName());
        if (error instanceof RpcException) {
            reply.put("code", ((RpcException) error).getCode());
        }
        if (error instanceof PeerException) {
            reply.put("reason", ((PeerException) error).reason);
        }
        reply.put("message", String.valueOf(error.getMessage()));
        Throwable cause = error.getCause();
        if (cause != null && cause != error) {
            reply.put("cause", cause.getClass().getName() + ": " + cause.getMessage());
        }
    }

    static Throwable unwrap(Throwable error) {
        Throwable inner = error;
        while (inner.getCause() != null && (inner instanceof InvocationTargetException
                || inner instanceof ExecutionException || inner instanceof CompletionException)) {
            inner = inner.getCause();
        }
        return inner;
    }
}
