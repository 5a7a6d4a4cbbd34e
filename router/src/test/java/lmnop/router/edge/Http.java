package lmnop.router.edge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads HTTP/1.1 from a socket in the plainest way, for both sides of the router. */
final class Http {
  private Http() {}

  /** Reads up to and including the empty line; null if the connection ended before it. */
  static @Nullable String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (!isWhole(head)) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static boolean isWhole(StringBuilder head) {
    return head.length() >= 4 && head.indexOf("\r\n\r\n", head.length() - 4) >= 0;
  }

  static @Nullable String header(String head, String name) {
    for (String line : head.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
        return line.substring(name.length() + 1).trim();
      }
    }
    return null;
  }

  static int contentLength(String head) {
    String length = header(head, "content-length");
    return length == null ? -1 : Integer.parseInt(length);
  }

  /** Reads a body by its length or its chunks; fails if the connection ends before it is whole. */
  static byte[] readBody(InputStream in, String head) throws IOException {
    if ("chunked".equalsIgnoreCase(header(head, "transfer-encoding"))) {
      return readChunks(in);
    }
    int length = contentLength(head);
    if (length < 0) {
      return in.readAllBytes();
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new IOException("the body ended after " + body.length + " of " + length + " bytes");
    }
    return body;
  }

  private static byte[] readChunks(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(readLine(in).trim(), 16);
      byte[] chunk = in.readNBytes(size);
      if (chunk.length < size) {
        throw new IOException("a chunk ended after " + chunk.length + " of " + size + " bytes");
      }
      body.write(chunk);
      String end = readLine(in);
      if (size == 0) {
        while (!end.isEmpty()) {
          end = readLine(in); // trailers
        }
        return body.toByteArray();
      }
    }
  }

  static String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int next = in.read();
    while (next != '\n') {
      if (next < 0) {
        throw new IOException("the connection ended in the middle of a line");
      }
      line.append((char) next);
      next = in.read();
    }
    return line.toString().stripTrailing();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
