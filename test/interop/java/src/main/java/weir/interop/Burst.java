package weir.interop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.RpcException;

/**
 * Many calls of nonce from several threads, each with a text of its own that has to come back. Options: count,
 * concurrency, durationMs (ends it earlier), timeoutMs (of each call), pauseMs (of each thread between calls).
 */
final class Burst {
    private static final int MESSAGES_MAX = 8;
    private static final int LATENCIES_MAX = 200_000;

    private final PeerService service;
    private final Map<String, Object> op;
    private final String prefix = UUID.randomUUID().toString();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger right = new AtomicInteger();
    private final AtomicInteger wrong = new AtomicInteger();
    private final Map<String, Integer> failed = new TreeMap<>();
    private final List<String> messages = new ArrayList<>();
    private final List<Integer> latencies = Collections.synchronizedList(new ArrayList<>());

    Burst(PeerService service, Map<String, Object> op) {
        this.service = service;
        this.op = op;
    }

    Map<String, Object> run() throws InterruptedException {
        long start = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Lines.number(op, "concurrency", 8); i++) {
            Thread thread = new Thread(() -> work(start));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return report((System.nanoTime() - start) / 1_000_000);
    }

    private void work(long start) {
        int count = Lines.number(op, "count", Integer.MAX_VALUE);
        long durationNs = Lines.number(op, "durationMs", Integer.MAX_VALUE) * 1_000_000L;
        int pauseMs = Lines.number(op, "pauseMs", 0);
        while (System.nanoTime() - start < durationNs) {
            int index = next.getAndIncrement();
            if (index >= count) {
                return;
            }
            one(prefix + "-" + index);
            if (pauseMs > 0) {
                pause(pauseMs);
            }
        }
    }

    private void one(String nonce) {
        long start = System.nanoTime();
        try {
            RpcContext.removeContext();
            if (op.containsKey("timeoutMs")) {
                RpcContext.getContext().setAttachment("timeout", (Object) Lines.number(op, "timeoutMs", 0));
            }
            String answer = service.nonce(nonce);
            if (answer == null) {
                throw new IllegalStateException("the answer is null");
            }
            (nonce.equals(answer) ? right : wrong).incrementAndGet();
        } catch (Throwable error) {
            fail(error);
        }
        sent.incrementAndGet();
        if (latencies.size() < LATENCIES_MAX) {
            latencies.add((int) ((System.nanoTime() - start) / 1_000));
        }
    }

    private synchronized void fail(Throwable error) {
        String kind = error.getClass().getName();
        if (error instanceof RpcException) {
            kind += "#" + ((RpcException) error).getCode();
        }
        failed.merge(kind, 1, Integer::sum);
        if (messages.size() < MESSAGES_MAX) {
            messages.add(String.valueOf(error.getMessage()));
        }
    }

    private synchronized Map<String, Object> report(long ms) {
        Collections.sort(latencies);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("sent", sent.get());
        report.put("ok", right.get());
        report.put("wrong", wrong.get());
        report.put("failed", failed);
        report.put("messages", messages);
        report.put("ms", ms);
        report.put("p50Us", percentile(0.5));
        report.put("p99Us", percentile(0.99));
        report.put("maxUs", percentile(1));
        return report;
    }

    private int percentile(double share) {
        int index = (int) Math.ceil(latencies.size() * share) - 1;
        return latencies.isEmpty() ? 0 : latencies.get(Math.max(0, index));
    }

    private static void pause(int ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }
}
