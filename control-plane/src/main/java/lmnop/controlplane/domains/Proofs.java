package lmnop.controlplane.domains;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lmnop.operations.net.Addresses;

/**
 * Looks for the proof of a domain: a TXT record, else a file over HTTP. What is asked is somebody
 * else's and may lie, hang, or lead into this network: each question has a bounded time and answer,
 * the address is that which was looked at, and nobody is followed anywhere.
 */
final class Proofs implements AutoCloseable {
  private static final Duration TIME = Duration.ofSeconds(5);
  private static final int LONGEST_ANSWER = 8 * 1024;

  private final DomainSettings settings;
  private final MultiThreadIoEventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final DnsNameResolver resolver;

  Proofs(DomainSettings settings) {
    this.settings = settings;
    DnsNameResolverBuilder builder =
        new DnsNameResolverBuilder(loop.next())
            .datagramChannelType(NioDatagramChannel.class)
            .socketChannelType(NioSocketChannel.class)
            .resolveCache(NoopDnsCache.INSTANCE) // who has just written a record shall not wait
            .searchDomains(List.of())
            .queryTimeoutMillis(TIME.toMillis());
    if (!settings.nameServers().isEmpty()) {
      builder.nameServerProvider(new SequentialDnsServerAddressStreamProvider(settings.servers()));
    }
    this.resolver = builder.build();
  }

  /** What is wrong with the proof; nothing if it was found. */
  Optional<String> problem(Domain domain) throws InterruptedException {
    String dns;
    try {
      List<String> texts = texts(domain.recordName());
      if (texts.contains(domain.proof())) {
        return Optional.empty();
      }
      dns =
          texts.isEmpty()
              ? "there is no TXT record " + domain.recordName()
              : "the TXT record %s says something else".formatted(domain.recordName());
    } catch (IOException e) {
      dns = "no TXT record %s: %s".formatted(domain.recordName(), e.getMessage());
    }
    try {
      return fetched(domain).equals(domain.proof())
          ? Optional.empty()
          : Optional.of(dns + "; the file over HTTP says something else");
    } catch (IOException e) {
      return Optional.of("%s; no file over HTTP: %s".formatted(dns, e.getMessage()));
    }
  }

  private List<String> texts(String name) throws IOException, InterruptedException {
    List<DnsRecord> records =
        await(resolver.resolveAll(new DefaultDnsQuestion(name + ".", DnsRecordType.TXT)));
    List<String> texts = new ArrayList<>();
    for (DnsRecord record : records) {
      if (record instanceof DnsRawRecord raw && record.type().equals(DnsRecordType.TXT)) {
        texts.add(text(raw.content()));
      }
      ReferenceCountUtil.release(record);
    }
    return texts;
  }

  /** A record's text is in pieces, each with its length before it. */
  private static String text(ByteBuf content) {
    StringBuilder text = new StringBuilder();
    while (content.isReadable()) {
      int length = Math.min(content.readUnsignedByte(), content.readableBytes());
      text.append(content.readCharSequence(length, StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  private static <T> T await(Future<T> answer) throws IOException, InterruptedException {
    try {
      return answer.get(2 * TIME.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException(
          e.getCause() instanceof UnknownHostException
              ? "the name is not known"
              : "the name servers do not answer");
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException("the name servers do not answer in time");
    }
  }

  private String fetched(Domain domain) throws IOException, InterruptedException {
    List<InetAddress> addresses = await(resolver.resolveAll(domain.host().value()));
    for (InetAddress address : addresses) {
      if (!Addresses.mayBeReached(address, settings.privateAddresses())) {
        throw new IOException("its address is not one of the public Internet");
      }
    }
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(addresses.getFirst(), settings.httpPort()), (int) TIME.toMillis());
      return answer(socket, domain);
    }
  }

  /** A plain request by hand: what follows redirects or reads on is nowhere near. */
  private static String answer(Socket socket, Domain domain) throws IOException {
    String request =
        "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAccept: text/plain\r\n\r\n"
            .formatted(domain.path(), domain.host());
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    long deadline = System.nanoTime() + TIME.toNanos();
    byte[] bytes = new byte[LONGEST_ANSWER];
    int length = 0;
    InputStream in = socket.getInputStream();
    while (length < bytes.length) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new IOException("it does not answer in time");
      }
      socket.setSoTimeout((int) left);
      int count = in.read(bytes, length, bytes.length - length);
      if (count < 0) {
        break;
      }
      length += count;
    }
    return content(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
  }

  private static String content(String answer) throws IOException {
    if (!answer.matches("(?s)HTTP/1\\.[01] 200[ \r].*")) {
      throw new IOException("it does not answer 200");
    }
    int end = answer.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException("it does not answer as HTTP does");
    }
    boolean chunked =
        answer.substring(0, end).toLowerCase(Locale.ROOT).contains("transfer-encoding");
    String body = answer.substring(end + 4);
    if (chunked) { // one piece, as every server sends so little
      int line = body.indexOf("\r\n");
      int next = line < 0 ? -1 : body.indexOf("\r\n", line + 2);
      body = next < 0 ? "" : body.substring(line + 2, next);
    }
    return body.strip();
  }

  @Override
  public void close() {
    resolver.close();
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS);
  }
}
