package lmnop.builderworker.registries;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.net.Addresses;
import lmnop.templates.AllowedHost;
import org.jspecify.annotations.Nullable;

/**
 * The proxy of one step: it listens on a socket file that only this step is shown, judges every
 * host that is asked for, and says in the log whom it refused.
 */
public final class RegistryProxy implements AutoCloseable {
  private static final int CONNECTIONS = 64;
  private static final Duration IDLE = Duration.ofSeconds(90); // then a connection is let go
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final Path socket;
  private final AllowList allowed;
  private final Rules rules;
  private final Consumer<String> lines;
  private final ServerSocketChannel listener;
  private final Set<Exchange> open = ConcurrentHashMap.newKeySet();

  /** So many hosts of each kind are told of; a step may ask for any number. */
  private static final int REMEMBERED = 100;

  private final Map<String, AtomicLong> reached = new ConcurrentHashMap<>();
  private final Set<String> refused = new ConcurrentSkipListSet<>();
  private final Set<String> unreached = new ConcurrentSkipListSet<>();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicBoolean full = new AtomicBoolean();
  private final Loop reaper;

  /** What is the same for all steps of a worker. */
  record Rules(Addresses addresses, @Nullable Upstream upstream, long mostBytes) {}

  private RegistryProxy(
      Path socket, AllowList allowed, Rules rules, Consumer<String> lines, ServerSocketChannel on) {
    this.socket = socket;
    this.allowed = allowed;
    this.rules = rules;
    this.lines = lines;
    this.listener = on;
    this.reaper = Loop.start("registry-idle", LOOK, this::closeIdle);
    Thread.ofVirtual().name("registries").start(this::accept);
  }

  /** Listens on a new socket file, which everybody may use who can see it. */
  static RegistryProxy open(Path socket, AllowList allowed, Rules rules, Consumer<String> lines)
      throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
      return new RegistryProxy(socket, allowed, rules, lines, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Where the step's door is. */
  public Path socket() {
    return socket;
  }

  /** The hosts that were asked for in vain because nobody allowed them, with their ports. */
  public Set<String> refused() {
    return new TreeSet<>(refused);
  }

  /** Whether an allowed host did not answer, which is not the step's fault. */
  public boolean metTrouble() {
    return !unreached.isEmpty();
  }

  /** What the step may reach, in a sentence with what to do. */
  public String words() {
    return allowed.words();
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        SocketChannel program = listener.accept();
        Exchange exchange = new Exchange(program, new StepJudge());
        if (open.size() >= CONNECTIONS || !listener.isOpen()) {
          exchange.close();
          continue;
        }
        open.add(exchange);
        Thread.ofVirtual()
            .start(() -> {
              exchange.run();
              open.remove(exchange);
            });
      } catch (IOException e) {
        return; // the step is over
      }
    }
  }

  private void closeIdle() {
    open.stream().filter(exchange -> exchange.idle().compareTo(IDLE) > 0).forEach(Exchange::close);
  }

  /** What was reached and how much came and went, for the log; empty if nothing was. */
  public String summary() {
    if (reached.isEmpty()) {
      return "";
    }
    Map<String, AtomicLong> sorted = new LinkedHashMap<>();
    reached.keySet().stream().sorted().forEach(host -> sorted.put(host, reached.get(host)));
    return "%d KiB from and to %s"
        .formatted((bytes.get() + 1023) / 1024, String.join(", ", sorted.keySet()));
  }

  @Override
  public void close() throws IOException {
    listener.close();
    reaper.close();
    open.forEach(Exchange::close);
    Files.deleteIfExists(socket);
  }

  private final class StepJudge implements Exchange.Judge {
    @Override
    public List<InetSocketAddress> ways(ProxyRequest request) throws Refused {
      AllowedHost host =
          allowed.find(request.host(), request.port()).orElseThrow(() -> refuse(request));
      reached.computeIfAbsent(request.host(), name -> new AtomicLong()).incrementAndGet();
      Upstream upstream = upstream(request);
      return upstream == null
          ? ways(request, request.host(), request.port(), host.own())
          : ways(request, upstream.host(), upstream.port(), true);
    }

    private Refused refuse(ProxyRequest request) {
      if (refused.size() < REMEMBERED && refused.add(request.target())) {
        lines.accept("refused: %s; %s".formatted(request.target(), allowed.words()));
      }
      return new Refused(403, request.target() + " is not allowed here: " + allowed.words());
    }

    private List<InetSocketAddress> ways(ProxyRequest request, String host, int port, boolean own)
        throws Refused {
      try {
        List<InetAddress> all = rules.addresses().of(host);
        List<InetSocketAddress> open =
            all.stream()
                .filter(address -> Addresses.mayBeReached(address, own))
                .map(address -> new InetSocketAddress(address, port))
                .toList();
        if (open.isEmpty()) {
          String why =
              "%s has the address %s, which is not on the public Internet; if it is a registry of your own, the operator adds it with the setting registries"
                  .formatted(host, all.getFirst().getHostAddress());
          lines.accept("refused: " + why);
          throw new Refused(403, why);
        }
        return open;
      } catch (UnknownHostException e) {
        throw unreached(request, "is not known to this machine's name servers");
      }
    }

    @Override
    public Refused unreached(ProxyRequest request, String why) {
      String words = request.target() + " " + why;
      if (unreached.size() < REMEMBERED && unreached.add(request.target())) {
        lines.accept(words);
      }
      return new Refused(502, words);
    }

    @Override
    public @Nullable Upstream upstream(ProxyRequest request) {
      Upstream upstream = rules.upstream();
      return upstream != null && upstream.leadsTo(request.host()) ? upstream : null;
    }

    @Override
    public void count(int passed) throws IOException {
      if (bytes.addAndGet(passed) > rules.mostBytes()) {
        if (full.compareAndSet(false, true)) {
          lines.accept(
              "refused: a step may move %d MiB from and to registries, and this one wants more"
                  .formatted(rules.mostBytes() >> 20));
        }
        throw new IOException("more bytes than a step may move");
      }
    }
  }
}
