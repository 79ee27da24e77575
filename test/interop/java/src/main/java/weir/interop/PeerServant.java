package weir.interop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.dubbo.rpc.RpcContext;

/** The service as a provider serves it. It counts what it sees, for the stats line. */
final class PeerServant implements PeerService {
    private static final int RECEIVED_MAX = 10_000;

    private final String name;
    private final Map<String, LongAdder> calls = new ConcurrentHashMap<>();
    private final List<String> received = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> nonces = ConcurrentHashMap.newKeySet();
    private final LongAdder repeated = new LongAdder();

    PeerServant(String name) {
        this.name = name;
    }

    @Override
    public String sayHello(String who) {
        count("sayHello");
        return "Hello, " + who;
    }

    @Override
    public String whoAmI() {
        count("whoAmI");
        return name;
    }

    @Override
    public CompletableFuture<String> sayHelloAsync(String who) {
        count("sayHelloAsync");
        return CompletableFuture.supplyAsync(() -> "Hello later, " + who);
    }

    @Override
    public String echoText(String text) {
        count("echoText");
        return text;
    }

    @Override
    public byte[] echoBytes(byte[] bytes) {
        count("echoBytes");
        return bytes;
    }

    @Override
    public long echoLong(long value) {
        count("echoLong");
        return value;
    }

    @Override
    public double echoDouble(double value) {
        count("echoDouble");
        return value;
    }

    @Override
    public Order echoOrder(Order order) {
        count("echoOrder");
        return order;
    }

    @Override
    public List<Order> orders(int count) {
        count("orders");
        List<Order> orders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Order order = new Order();
            order.id = i;
            order.customer = "customer " + i;
            order.total = i / 4.0;
            order.created = new Date(1_700_000_000_000L + i);
            orders.add(order);
        }
        return orders;
    }

    @Override
    public Sample sample(boolean flag, int count, long id, double ratio, String text, byte[] bytes, Date when,
                         List<String> names, Map<String, Long> totals) {
        count("sample");
        Sample sample = new Sample();
        sample.flag = flag;
        sample.count = count;
        sample.id = id;
        sample.ratio = ratio;
        sample.text = text;
        sample.bytes = bytes;
        sample.when = when;
        sample.names = names;
        sample.totals = totals;
        return sample;
    }

    @Override
    public String nothing() {
        count("nothing");
        return null;
    }

    @Override
    public void touch() {
        count("touch");
    }

    @Override
    public String failChecked(String message) throws PeerException {
        count("failChecked");
        throw new PeerException(message, 42);
    }

    @Override
    public String failRuntime(String message) {
        count("failRuntime");
        throw new IllegalStateException(message);
    }

    @Override
    public String failPlain(String message) {
        count("failPlain");
        throw new RuntimeException(message);
    }

    @Override
    public String slow(int ms) {
        count("slow");
        try {
            Thread.sleep(ms);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
        return "slow " + ms;
    }

    @Override
    public void log(String line) {
        count("log");
        if (received.size() < RECEIVED_MAX) {
            received.add(line);
        }
    }

    @Override
    public List<String> received() {
        count("received");
        synchronized (received) {
            return new ArrayList<>(received);
        }
    }

    @Override
    public Map<String, String> attachments() {
        count("attachments");
        // The invocation keeps path, interface and timeout; the context has them filtered out.
        Map<String, Object> seen = RpcContext.getContext().getInvocation().getObjectAttachments();
        Map<String, String> text = new TreeMap<>();
        for (Map.Entry<String, Object> entry : seen.entrySet()) {
            text.put(entry.getKey(), String.valueOf(entry.getValue()));
            if (entry.getKey().startsWith("echo-")) {
                String reply = "reply-" + entry.getKey().substring("echo-".length());
                RpcContext.getServerContext().setAttachment(reply, entry.getValue());
            }
        }
        RpcContext.getServerContext().setAttachment("served-by", name);
        return text;
    }

    @Override
    public String nonce(String nonce) {
        count("nonce");
        if (!nonces.add(nonce)) {
            repeated.increment();
        }
        return nonce;
    }

    Map<String, Object> stats() {
        Map<String, Object> byMethod = new TreeMap<>();
        long total = 0;
        for (Map.Entry<String, LongAdder> entry : calls.entrySet()) {
            long count = entry.getValue().sum();
            byMethod.put(entry.getKey(), (double) count);
            total += count;
        }
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("name", name);
        stats.put("calls", (double) total);
        stats.put("byMethod", byMethod);
        stats.put("nonces", (double) nonces.size());
        stats.put("repeated", (double) repeated.sum());
        synchronized (received) {
            stats.put("received", new ArrayList<Object>(received));
        }
        return stats;
    }

    void reset() {
        calls.clear();
        received.clear();
        nonces.clear();
        repeated.reset();
    }

    private void count(String method) {
        calls.computeIfAbsent(method, key -> new LongAdder()).increment();
    }
}
