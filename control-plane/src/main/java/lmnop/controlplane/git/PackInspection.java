package lmnop.controlplane.git;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.springframework.util.unit.DataSize;

/**
 * A pack on its way to JGit, looked at first: each object's real size is counted while it streams
 * by, and the pack ends with an error in words where it asks for more than is allowed. JGit unpacks
 * only what was seen here before.
 *
 * <p>The last bytes of a pack come through only when its deltas are known to fit into memory,
 * because JGit begins to unpack them then.
 */
final class PackInspection extends FilterInputStream {
  private static final byte[] SIGNATURE = "PACK".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 12; // bytes: signature, version, number of objects
  private static final int TRAILER = 20; // bytes: a checksum
  private static final int ID = 20; // bytes
  private static final int LONGEST_NUMBER = 9; // bytes of 7 bits that fit into a long
  private static final int OFFSET_DELTA = 6;
  private static final int NAMED_DELTA = 7;
  private static final int BLOB = 3;

  /**
   * What may be in a pack, and who gives the memory that it needs.
   *
   * @param pack what it is called in the words of a refusal
   * @param remedy what to do about one that is too large
   */
  record Rules(GitSettings.PackLimits limits, Memory memory, String pack, String remedy) {
    /** Gives memory, or says in words why not. */
    @FunctionalInterface
    interface Memory {
      void reserve(long bytes) throws IOException;
    }
  }

  private enum Expected {
    HEADER,
    TYPE,
    SIZE,
    BASE_OFFSET,
    BASE_ID,
    DATA,
    TRAILER,
    NOTHING
  }

  private final Rules rules;
  private final GitSettings.PackLimits limits;
  private final Inflater inflater = new Inflater();
  private final byte[] scratch = new byte[32 * 1024];
  private final byte[] head = new byte[2 * LONGEST_NUMBER]; // of the object, unpacked
  private PackDeltas deltas;
  private Expected expected = Expected.HEADER;
  private long position; // in the pack, of the byte that is looked at
  private int seen; // bytes of what is expected
  private long left; // objects that are still to come
  private long number; // the one that is being read
  private int type;
  private long declared; // bytes of the object
  private long unpacked; // of them
  private long start; // position of the object
  private long baseOffset;
  private long total; // bytes of all objects

  private PackInspection(InputStream pack, Rules rules) {
    super(pack);
    this.rules = rules;
    this.limits = rules.limits();
    this.deltas = new PackDeltas(limits.deltaDepth());
  }

  /** Inspects a pack, and counts its bytes as well. */
  static PackInspection of(InputStream pack, Rules rules) {
    DataSize size = rules.limits().size();
    return new PackInspection(
        new LimitedStream(
            pack,
            size.toBytes(),
            "%s is larger than %d MiB: %s"
                .formatted(rules.pack(), size.toMegabytes(), rules.remedy())),
        rules);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) == 1 ? one[0] & 0xff : -1;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = in.read(buffer, offset, length);
    int at = offset;
    while (at < offset + count) {
      int before = at;
      at =
          expected == Expected.DATA
              ? data(buffer, at, offset + count)
              : one(buffer[at] & 0xff, at + 1);
      position += at - before;
    }
    return count;
  }

  private int one(int b, int next) throws IOException {
    switch (expected) {
      case HEADER -> header(b);
      case TYPE -> type(b);
      case SIZE -> size(b);
      case BASE_OFFSET -> baseOffset(b);
      case BASE_ID -> baseId();
      case TRAILER -> trailer();
      case DATA, NOTHING -> throw broken("there is something behind its end");
    }
    return next;
  }

  private void header(int b) throws IOException {
    if (seen < SIGNATURE.length && b != SIGNATURE[seen]) {
      throw broken("it does not begin as one");
    }
    left = seen < 2 * SIGNATURE.length ? 0 : (left << 8) | b;
    if (++seen == HEADER) {
      if (left > limits.objects()) {
        throw new IOException(
            "%s has %d objects, at most %d are allowed: %s"
                .formatted(rules.pack(), left, limits.objects(), rules.remedy()));
      }
      nextObject();
    }
  }

  private void nextObject() {
    expected = left-- > 0 ? Expected.TYPE : Expected.TRAILER;
    seen = 0;
  }

  private void type(int b) throws IOException {
    start = position;
    type = (b >> 4) & 7;
    number = b & 15;
    unpacked = 0;
    if (type == 0 || type == 5) {
      throw broken("it has an object of the unknown type " + type);
    }
    if ((b & 0x80) != 0) {
      expected = Expected.SIZE;
    } else {
      sized();
    }
  }

  private void size(int b) throws IOException {
    if (++seen > LONGEST_NUMBER - 1) {
      throw broken("an object has no size");
    }
    number |= (long) (b & 0x7f) << (7 * seen - 3);
    if ((b & 0x80) == 0) {
      sized();
    }
  }

  private void sized() throws IOException {
    declared = number;
    check(declared);
    seen = 0;
    number = 0;
    expected =
        switch (type) {
          case OFFSET_DELTA -> Expected.BASE_OFFSET;
          case NAMED_DELTA -> Expected.BASE_ID;
          default -> Expected.DATA;
        };
  }

  private void check(long size) throws IOException {
    boolean mayBeFile = type == BLOB || type == OFFSET_DELTA || type == NAMED_DELTA;
    check(size, mayBeFile ? limits.objectSize() : limits.structureSize());
    total += size;
    if (total > limits.unpackedSize().toBytes()) {
      throw new IOException(
          "%s has more than %d MiB unpacked: %s"
              .formatted(rules.pack(), limits.unpackedSize().toMegabytes(), rules.remedy()));
    }
  }

  private static void check(long size, DataSize limit) throws IOException {
    long most = limit.toBytes();
    if (size > most) {
      throw new IOException(
          "Object too large: it has %d bytes unpacked, at most %d are allowed; leave it out of the"
                  .formatted(size, most)
              + " repository");
    }
  }

  private void baseOffset(int b) throws IOException {
    if (++seen > LONGEST_NUMBER) {
      throw broken("a delta has no base");
    }
    number = (seen == 1 ? 0 : (number + 1) << 7) | (b & 0x7f);
    if ((b & 0x80) == 0) {
      baseOffset = start - number;
      expected = Expected.DATA;
    }
  }

  private void baseId() {
    if (++seen == ID) {
      expected = Expected.DATA;
    }
  }

  /** Unpacks what there is of an object, and gives the place behind it. */
  private int data(byte[] buffer, int from, int end) throws IOException {
    inflater.setInput(buffer, from, end - from);
    try {
      while (!inflater.finished()) {
        int count = inflater.inflate(scratch);
        keepHead(count);
        unpacked += count;
        if (unpacked > declared) {
          throw broken("an object is larger than it says");
        }
        if (count == 0 && !inflater.finished()) {
          if (inflater.needsInput()) {
            return end;
          }
          throw broken("an object cannot be unpacked");
        }
      }
    } catch (DataFormatException e) {
      throw broken("an object cannot be unpacked");
    }
    int next = end - inflater.getRemaining();
    inflater.reset();
    ended();
    return next;
  }

  private void keepHead(int count) {
    if (unpacked < head.length) {
      int kept = Math.min(count, head.length - (int) unpacked);
      System.arraycopy(scratch, 0, head, (int) unpacked, kept);
    }
  }

  private void ended() throws IOException {
    if (unpacked != declared) {
      throw broken("an object is smaller than it says");
    }
    switch (type) {
      case OFFSET_DELTA -> {
        Sizes sizes = sizes();
        if (deltas.onOffset(start, baseOffset, sizes.base(), sizes.result(), declared)) {
          check(sizes.result(), limits.structureSize());
        }
      }
      case NAMED_DELTA -> {
        Sizes sizes = sizes();
        deltas.onName(start, sizes.base(), sizes.result(), declared);
      }
      default -> deltas.whole(start, declared, type != BLOB);
    }
    nextObject();
  }

  /** What a delta says of itself at its beginning. */
  private record Sizes(long base, long result) {}

  private Sizes sizes() throws IOException {
    int most = (int) Math.min(unpacked, head.length);
    long[] numbers = new long[2];
    int at = 0;
    for (int i = 0; i < numbers.length; i++) {
      int shift = 0;
      do {
        if (at == most || shift == 7 * LONGEST_NUMBER) {
          throw broken("a delta has no sizes");
        }
        numbers[i] |= (long) (head[at] & 0x7f) << shift;
        shift += 7;
      } while ((head[at++] & 0x80) != 0);
    }
    check(numbers[1]);
    return new Sizes(numbers[0], numbers[1]);
  }

  private void trailer() throws IOException {
    if (++seen == TRAILER) {
      expected = Expected.NOTHING;
      rules.memory().reserve(deltas.memory());
      deltas = new PackDeltas(limits.deltaDepth()); // a build follows, which may take long
    }
  }

  private static IOException broken(String why) {
    return new IOException("the pack is broken: " + why);
  }

  /** Ends the inspection; the stream goes on, because a refused client may still be sending. */
  @Override
  public void close() {
    inflater.end();
  }
}
