package lmnop.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A name server that knows what a test tells it. */
public final class DnsServer implements AutoCloseable {
  private static final int HEAD = 12; // bytes before the question
  private static final int LONGEST = 1500;
  private static final int ADDRESS = 1; // kinds of records
  private static final int TEXT = 16;
  private static final int ANSWER = 0x8180;
  private static final int UNKNOWN_NAME = 3;
  private static final short NAME_OF_QUESTION = (short) (0xC000 | HEAD);

  private final Map<String, List<String>> texts = new ConcurrentHashMap<>();
  private final Map<String, InetAddress> addresses = new ConcurrentHashMap<>();
  private final DatagramSocket socket;

  public DnsServer() {
    try {
      socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().name("name-server").daemon().start(this::answerUntilClosed);
  }

  /** Where it is, as a setting. */
  public String address() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  /** From now on a name has these texts. */
  public void text(String name, String... values) {
    texts.put(name, List.of(values));
  }

  /** From now on a name has none. */
  public void noText(String name) {
    texts.remove(name);
  }

  /** From now on a name leads there. */
  public void leads(String name, String address) {
    addresses.put(name, InetAddress.ofLiteral(address));
  }

  private void answerUntilClosed() {
    DatagramPacket packet = new DatagramPacket(new byte[LONGEST], LONGEST);
    while (!socket.isClosed()) {
      try {
        packet.setLength(LONGEST);
        socket.receive(packet);
        byte[] answer = answer(Arrays.copyOf(packet.getData(), packet.getLength()));
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException e) {
        // it was closed, or whoever asked is gone
      }
    }
  }

  private byte[] answer(byte[] query) {
    int end = HEAD;
    StringBuilder asked = new StringBuilder();
    for (; query[end] != 0; end += 1 + query[end]) {
      asked.append(asked.isEmpty() ? "" : ".");
      asked.append(new String(query, end + 1, query[end], StandardCharsets.US_ASCII));
    }
    String name = asked.toString().toLowerCase(Locale.ROOT);
    int kind = ByteBuffer.wrap(query).getShort(end + 1);
    List<byte[]> records = records(name, kind);
    boolean known = texts.containsKey(name) || addresses.containsKey(name);
    ByteBuffer answer = ByteBuffer.allocate(LONGEST);
    answer.put(query, 0, 2); // the number of the question
    answer.putShort((short) (known ? ANSWER : ANSWER | UNKNOWN_NAME));
    answer.putShort((short) 1).putShort((short) records.size()).putInt(0);
    answer.put(query, HEAD, end + 5 - HEAD);
    for (byte[] record : records) {
      answer.putShort(NAME_OF_QUESTION).putShort((short) kind).putShort((short) 1).putInt(60);
      answer.putShort((short) record.length).put(record);
    }
    return Arrays.copyOf(answer.array(), answer.position());
  }

  private List<byte[]> records(String name, int kind) {
    InetAddress address = addresses.get(name);
    return switch (kind) {
      case TEXT -> texts.getOrDefault(name, List.of()).stream().map(DnsServer::pieces).toList();
      case ADDRESS -> address == null ? List.of() : List.of(address.getAddress());
      default -> List.of();
    };
  }

  /** In two pieces, as a long text comes. */
  private static byte[] pieces(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int half = bytes.length / 2;
    return ByteBuffer.allocate(bytes.length + 2)
        .put((byte) half)
        .put(bytes, 0, half)
        .put((byte) (bytes.length - half))
        .put(bytes, half, bytes.length - half)
        .array();
  }

  @Override
  public void close() {
    socket.close(); // its thread ends then
  }
}
