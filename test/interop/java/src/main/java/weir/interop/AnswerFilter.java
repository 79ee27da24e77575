package weir.interop;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.dubbo.rpc.Filter;
import org.apache.dubbo.rpc.Invocation;
import org.apache.dubbo.rpc.Invoker;
import org.apache.dubbo.rpc.Result;
import org.apache.dubbo.rpc.RpcException;

/**
 * Keeps the attachments of a response, of calls that succeed and of calls that throw. RpcContext alone does not do:
 * a 2.7 consumer with a direct URL has no cluster in front, and only the cluster copies them there.
 */
public final class AnswerFilter implements Filter {
    private static final ThreadLocal<Map<String, Object>> CURRENT = new ThreadLocal<>();

    /** Where the next call of this thread puts its attachments, whatever thread completes it. */
    static Map<String, Object> next() {
        Map<String, Object> kept = new ConcurrentHashMap<>();
        CURRENT.set(kept);
        return kept;
    }

    static Map<String, Object> sorted(Map<String, Object> kept) {
        return new TreeMap<>(kept);
    }

    @Override
    public Result invoke(Invoker<?> invoker, Invocation invocation) throws RpcException {
        Map<String, Object> kept = CURRENT.get();
        Result result = invoker.invoke(invocation);
        if (kept == null) {
            return result;
        }
        return result.whenCompleteWithContext((answer, error) -> {
            if (answer != null && answer.getObjectAttachments() != null) {
                answer.getObjectAttachments().forEach((key, value) -> {
                    if (value != null) {
                        kept.put(key, value);
                    }
                });
            }
        });
    }
}
