package lmnop.router.edge;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** What clients may send on a WebSocket, right and wrong. */
final class WebSocketCases {
  static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  static final int LAST = 0x80;
  private static final int MASKED = 0x80;
  private static final int LARGEST = 1 << 20;
  private static final int[] SIZES = {
    0, 1, 2, 125, 126, 127, 128, 1000, 4096, 65_535, 65_536, LARGEST
  };
  private static final String[] TEXTS = {
    "",
    "41",
    "c3a4",
    "e282ac",
    "f09f9880",
    "7f",
    "c280",
    "dfbf",
    "e0a080",
    "efbfbf",
    "f0908080",
    "f48fbfbf",
    "ed9fbf",
    "ee8080",
    "efbfbd",
    "cebae1bdb9cf83cebcceb5",
    "c0af",
    "c080",
    "e08080",
    "e09fbf",
    "f0808080",
    "f08fbfbf",
    "f4908080",
    "f7bfbfbf",
    "f8888080",
    "fc84808080",
    "fe",
    "ff",
    "80",
    "bf",
    "c3",
    "e282",
    "f09f98",
    "eda080",
    "edafbf",
    "edb080",
    "edbfbf",
    "eda080edb080",
    "cebaeda080656469746564",
    "41c3",
    "c3c3a4",
    "e28228"
  };
  private static final int[] CODES = {
    0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
    1014, 1015, 1016, 1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65_535
  };

  /** What is sent, in pieces of this size, after the two have agreed. */
  @SuppressWarnings("ArrayRecordComponent") // it is sent and never compared
  record Case(String name, byte[] frames, int piece) {}

  static byte[] frame(int first, byte[] payload) {
    return frame(first, MASKED, payload);
  }

  private static byte[] frame(int first, int mask, byte[] payload) {
    ByteBuffer out = ByteBuffer.allocate(14 + payload.length).put((byte) first);
    if (payload.length < 126) {
      out.put((byte) (mask | payload.length));
    } else if (payload.length < 65_536) {
      out.put((byte) (mask | 126)).putShort((short) payload.length);
    } else {
      out.put((byte) (mask | 127)).putLong(payload.length);
    }
    byte[] key = mask == 0 ? new byte[4] : new byte[] {1, 2, 3, 4};
    if (mask != 0) {
      out.put(key);
    }
    for (int i = 0; i < payload.length; i++) {
      out.put((byte) (payload[i] ^ key[i & 3]));
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static byte[] some(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) '*');
    return bytes;
  }

  private static byte[] all(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] code(int code, byte[] reason) {
    return all(new byte[] {(byte) (code >> 8), (byte) code}, reason);
  }

  /** One message in so many frames. */
  private static byte[] fragments(int kind, byte[] message, int count, byte[] between) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int each = (message.length + count - 1) / count;
    for (int i = 0; i < count; i++) {
      int from = Math.min(message.length, i * each);
      byte[] part = Arrays.copyOfRange(message, from, Math.min(message.length, from + each));
      all.writeBytes(frame((i == 0 ? kind : 0) | (i == count - 1 ? LAST : 0), part));
      if (i < count - 1) {
        all.writeBytes(between);
      }
    }
    return all.toByteArray();
  }

  private static final byte[] GOOD_BYE = frame(LAST | CLOSE, code(1000, new byte[0]));
  private final List<Case> all = new ArrayList<>();

  /** One that may end in an error: nothing comes behind it that could be lost. */
  private void add(String name, byte[]... frames) {
    byte[] bytes = all(frames);
    all.add(new Case(name, bytes, bytes.length));
    if (bytes.length < 300) {
      all.add(new Case(name + ", byte by byte", bytes, 1));
    }
  }

  private void whole(String name, byte[]... frames) {
    add(name, all(frames), GOOD_BYE);
  }

  private void sizes() {
    for (int size : SIZES) {
      for (int kind : new int[] {TEXT, BINARY}) {
        String name = (kind == TEXT ? "text of " : "bytes of ") + size;
        whole(name, frame(LAST | kind, some(size)));
        for (int count : new int[] {2, 3, 16}) {
          whole(name + " in " + count, fragments(kind, some(size), count, new byte[0]));
        }
      }
    }
  }

  private void controls() {
    for (int size : new int[] {0, 1, 125, 126, 1000}) {
      byte[] ping = frame(LAST | PING, some(size));
      byte[] pong = frame(LAST | PONG, some(size));
      add("ping of " + size, ping, size < 126 ? GOOD_BYE : new byte[0]);
      add("pong of " + size, pong, size < 126 ? GOOD_BYE : new byte[0]);
      add("ping in pieces of " + size, frame(PING, some(size)));
      if (size < 126) {
        whole("ping of " + size + " inside", fragments(TEXT, some(90), 3, ping));
        whole("pong of " + size + " inside", fragments(BINARY, some(90), 3, pong));
      }
    }
    byte[] text = frame(LAST | TEXT, some(3));
    add("a part of nothing", frame(LAST, some(3)));
    add("a text inside another", frame(TEXT, some(3)), text);
    add("not masked", frame(LAST | TEXT, 0, some(3)));
    add("good-bye inside a text", frame(TEXT, some(3)), GOOD_BYE);
    whole("ten in a row", text, text, text, text, text, text, text, text, text, text);
  }

  private void reserved() {
    for (int opcode = 0; opcode < 16; opcode++) {
      for (int bits = (opcode > 2 && opcode < 8) || opcode > 10 ? 0 : 1; bits < 8; bits++) {
        byte[] odd = frame(LAST | bits << 4 | opcode, some(2));
        all.add(new Case("kind " + opcode + " with bits " + bits, odd, odd.length));
      }
    }
  }

  private void texts() {
    for (String hex : TEXTS) {
      byte[] bytes = HexFormat.of().parseHex(hex);
      add("text " + hex, frame(LAST | TEXT, bytes));
      add("text " + hex + " in two", fragments(TEXT, bytes, 2, new byte[0]));
    }
  }

  private void codes() {
    for (int code : CODES) {
      add("code " + code, frame(LAST | CLOSE, code(code, new byte[0])));
      byte[] why = "because".getBytes(StandardCharsets.UTF_8);
      add("code " + code + " and why", frame(LAST | CLOSE, code(code, why)));
    }
    add("no code", frame(LAST | CLOSE, new byte[0]));
    add("half a code", frame(LAST | CLOSE, some(1)));
    add("the longest reason", frame(LAST | CLOSE, code(1000, some(123))));
    add("too long a reason", frame(LAST | CLOSE, code(1000, some(124))));
    add("a reason that is no text", frame(LAST | CLOSE, code(1000, new byte[] {(byte) 0xc0})));
    for (int code : new int[] {1000, 1001, 1008, 1011, 3000, 4000, 4999}) {
      byte[] wish = ("leave with " + code).getBytes(StandardCharsets.UTF_8);
      add("the function leaves with " + code, frame(LAST | TEXT, wish), GOOD_BYE);
    }
  }

  static List<Case> made() {
    WebSocketCases cases = new WebSocketCases();
    cases.sizes();
    cases.controls();
    cases.reserved();
    cases.texts();
    cases.codes();
    return cases.all;
  }
}
