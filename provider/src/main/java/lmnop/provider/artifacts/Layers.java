package lmnop.provider.artifacts;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;
import lmnop.images.Blobs;
import lmnop.images.Descriptor;
import lmnop.images.ImageReader;
import lmnop.images.UnusableImage;
import lmnop.operations.archive.Digest;

/** Puts the layers of an image on top of each other, each verified packed and unpacked. */
final class Layers {
  private static final int LARGEST_WINDOW = 27; // log2 of zstd's window, 128 MiB
  private static final int BUFFER = 64 * 1024;

  private final Blobs blobs;
  private final RootFolder root;
  private final Duration time;
  private final LongConsumer came;

  /**
   * Layers from the given place.
   *
   * @param time how long all of them may take
   * @param came told of bytes as they come
   */
  Layers(Blobs blobs, RootFolder root, Duration time, LongConsumer came) {
    this.blobs = blobs;
    this.root = root;
    this.time = time;
    this.came = came;
  }

  void apply(ImageReader image) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    List<Descriptor> layers = image.manifest().layers();
    for (int i = 0; i < layers.size(); i++) {
      try (InputStream packed = blobs.blob(layers.get(i).digest())) {
        InTime inTime = new InTime(packed, begin);
        apply(inTime, layers.get(i).digest(), image.config().layers().get(i));
      }
    }
  }

  private void apply(InputStream in, Digest packed, Digest unpacked) throws IOException {
    HashingInput outer = new HashingInput(in);
    try (InputStream tar = unpacked(new BufferedInputStream(outer, BUFFER))) {
      HashingInput inner = new HashingInput(tar);
      root.apply(inner);
      inner.drain();
      inner.require(unpacked, "what the layer " + packed + " holds");
    }
    outer.drain();
    outer.require(packed, "the layer");
  }

  /** By its first bytes: registries hold layers whose media type tells something else. */
  private static InputStream unpacked(BufferedInputStream in) throws IOException {
    in.mark(4);
    byte[] first = in.readNBytes(4);
    in.reset();
    if (first.length == 4 && first[0] == 0x1f && first[1] == (byte) 0x8b) {
      return new GZIPInputStream(in, BUFFER);
    }
    if (first.length == 4 && first[0] == 0x28 && first[1] == (byte) 0xb5) {
      return new ZstdInputStream(in).setLongMax(LARGEST_WINDOW);
    }
    return in;
  }

  /** Ends what takes too long, however lively it drips. */
  private final class InTime extends InputStream {
    private final InputStream in;
    private final long begin;

    InTime(InputStream in, long begin) {
      this.in = in;
      this.begin = begin;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) == 1 ? one[0] & 0xff : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (System.nanoTime() - begin > time.toNanos()) {
        throw new UnusableImage("pulling it takes longer than " + time.toSeconds() + " s");
      }
      int count = in.read(buffer, offset, length);
      came.accept(Math.max(0, count));
      return count;
    }
  }
}
