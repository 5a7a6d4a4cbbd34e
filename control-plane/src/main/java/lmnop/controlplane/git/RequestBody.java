package lmnop.controlplane.git;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPInputStream;
import lmnop.controlplane.web.Refusal;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The body of a request as a stream that blocks, unpacked if it is packed. A body that grows more
 * than a hundredfold is a bomb.
 */
final class RequestBody {
  private static final int BUFFERS = 16; // asked of the network ahead of what is read
  private static final int RATIO = 100;
  private static final long SMALL = 1024 * 1024; // below this nobody counts

  private final Flux<DataBuffer> bytes;
  private final boolean packed;

  private RequestBody(Flux<DataBuffer> bytes, boolean packed) {
    this.bytes = bytes;
    this.packed = packed;
  }

  static RequestBody of(ServerRequest request, GitSettings settings) {
    String encoding = request.headers().asHttpHeaders().getFirst(HttpHeaders.CONTENT_ENCODING);
    boolean packed =
        switch (encoding == null ? "identity" : encoding.toLowerCase(Locale.ROOT)) {
          case "identity" -> false;
          case "gzip", "x-gzip" -> true;
          default ->
              throw new Refusal(
                  HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                  "The content encoding is '%s', expected gzip or none.".formatted(encoding));
        };
    Flux<DataBuffer> bytes =
        request
            .exchange()
            .getRequest()
            .getBody()
            .timeout(settings.idle())
            .onErrorMap(
                TimeoutException.class,
                e -> new IOException("nothing came for " + settings.idle().toSeconds() + " s"))
            .takeUntilOther(Mono.delay(settings.time()).then(Mono.error(() -> late(settings))));
    return new RequestBody(bytes, packed);
  }

  private static IOException late(GitSettings settings) {
    return new IOException(
        "it did not arrive within %d s: push in smaller parts"
            .formatted(settings.time().toSeconds()));
  }

  /** Opens the stream, once; closing it tells the client's side to stop. */
  InputStream open() throws IOException {
    InputStream network = DataBufferUtils.subscriberInputStream(bytes, BUFFERS);
    if (!packed) {
      return network;
    }
    Counting counted = new Counting(network);
    try {
      return new Unpacking(counted);
    } catch (IOException e) {
      network.close();
      throw new Refusal(HttpStatus.BAD_REQUEST, "The body is not gzip: " + e.getMessage() + ".");
    }
  }

  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = in.read(buffer, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }

  private static final class Unpacking extends GZIPInputStream {
    private final Counting packed;
    private long unpacked;

    Unpacking(Counting packed) throws IOException {
      super(packed, 8192);
      this.packed = packed;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = super.read(buffer, offset, length);
      unpacked += Math.max(0, read);
      if (unpacked > SMALL && unpacked > RATIO * packed.count) {
        throw new IOException("the body grows more than " + RATIO + " times when unpacked");
      }
      return read;
    }
  }
}
