package lmnop.controlplane.git;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.DeflaterOutputStream;

/** Packs as no git would make them. */
final class PackBuilder {
  static final int COMMIT = 1;
  static final int TREE = 2;
  static final int BLOB = 3;
  static final int TAG = 4;
  private static final int OFFSET_DELTA = 6;
  private static final int NAMED_DELTA = 7;
  private static final List<String> TYPES = List.of("", "commit", "tree", "blob", "tag");

  private final ByteArrayOutputStream pack = new ByteArrayOutputStream();
  private final List<Integer> offsets = new ArrayList<>();
  private int announced = -1;
  private String parent = "";

  PackBuilder() {
    pack.writeBytes(bytes("PACK\0\0\0\2\0\0\0\0"));
  }

  /** Lets the commits follow this one. */
  PackBuilder after(String commit) {
    parent = "parent " + commit + "\n";
    return this;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The name that git gives to an object. */
  static String id(int type, byte[] content) {
    MessageDigest sha = sha();
    sha.update(bytes(TYPES.get(type) + " " + content.length + "\0"));
    return HexFormat.of().formatHex(sha.digest(content));
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Adds an object and gives its name. */
  String add(int type, byte[] content) {
    object(type, content.length, new byte[0], content);
    return id(type, content);
  }

  String blob(String content) {
    return add(BLOB, bytes(content));
  }

  /** An entry of a tree: its mode, name, and what it names. */
  static byte[] entry(String mode, String name, String id) {
    return entry(mode, bytes(name), id);
  }

  static byte[] entry(String mode, byte[] name, String id) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    entry.writeBytes(bytes(mode + " "));
    entry.writeBytes(name);
    entry.write(0);
    entry.writeBytes(HexFormat.of().parseHex(id));
    return entry.toByteArray();
  }

  /** Adds a tree with its entries in this order. */
  String tree(byte[]... entries) {
    ByteArrayOutputStream tree = new ByteArrayOutputStream();
    for (byte[] entry : entries) {
      tree.writeBytes(entry);
    }
    return add(TREE, tree.toByteArray());
  }

  String commit(String tree) {
    return commit("tree " + tree + "\n", parent);
  }

  String commit(String first, String more) {
    String ada = "Ada <ada@example.com> 1700000000 +0000\n";
    return add(COMMIT, bytes(first + more + "author " + ada + "committer " + ada + "\nwork\n"));
  }

  /** A commit whose tree has a function.yml, and these entries around it. */
  String function(List<byte[]> before, List<byte[]> after) {
    List<byte[]> entries = new ArrayList<>(before);
    entries.add(entry("100644", "function.yml", blob(Work.PYTHON)));
    entries.addAll(after);
    return commit(tree(entries.toArray(byte[][]::new)));
  }

  /** Adds an object of any type that says that it has another size than it has. */
  PackBuilder object(int type, long declared, byte[] header, byte[] content) {
    offsets.add(pack.size());
    long size = declared >> 4;
    pack.write((int) ((type << 4) | (declared & 15) | (size > 0 ? 0x80 : 0)));
    while (size > 0) {
      pack.write((int) ((size & 0x7f) | (size > 0x7f ? 0x80 : 0)));
      size >>= 7;
    }
    pack.writeBytes(header);
    pack.writeBytes(deflated(content));
    return this;
  }

  private static byte[] deflated(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(out)) {
      deflate.write(content);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  /** Adds a delta on the object with the given index; negative counts from the end. */
  PackBuilder offsetDelta(int base, byte[] delta) {
    int index = base < 0 ? offsets.size() + base : base;
    return distanceDelta(pack.size() - offsets.get(index), delta);
  }

  PackBuilder distanceDelta(long distance, byte[] delta) {
    byte[] header = new byte[10];
    int at = header.length - 1;
    header[at] = (byte) (distance & 0x7f);
    long rest = distance >> 7;
    while (rest > 0) {
      header[--at] = (byte) (0x80 | (--rest & 0x7f));
      rest >>= 7;
    }
    return object(OFFSET_DELTA, delta.length, Arrays.copyOfRange(header, at, header.length), delta);
  }

  PackBuilder namedDelta(String base, byte[] delta) {
    return object(NAMED_DELTA, delta.length, HexFormat.of().parseHex(base), delta);
  }

  /** A delta that copies the base and writes a few bytes behind it. */
  static byte[] delta(long baseSize, long resultSize, String inserted) {
    ByteArrayOutputStream delta = new ByteArrayOutputStream();
    number(delta, baseSize);
    number(delta, resultSize);
    for (long at = 0; at < baseSize; at += 0xffffff) {
      long length = Math.min(0xffffff, baseSize - at);
      delta.write(0xff);
      for (int shift = 0; shift < 32; shift += 8) {
        delta.write((int) (at >> shift));
      }
      for (int shift = 0; shift < 24; shift += 8) {
        delta.write((int) (length >> shift));
      }
    }
    delta.write(inserted.length());
    delta.writeBytes(bytes(inserted));
    return delta.toByteArray();
  }

  private static void number(ByteArrayOutputStream out, long number) {
    long rest = number;
    do {
      out.write((int) ((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
      rest >>= 7;
    } while (rest > 0);
  }

  /** Lets the pack say that it has another number of objects. */
  PackBuilder announcing(int objects) {
    announced = objects;
    return this;
  }

  byte[] build() {
    byte[] all = pack.toByteArray();
    ByteBuffer.wrap(all).putInt(8, announced < 0 ? offsets.size() : announced);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(all);
    out.writeBytes(sha().digest(all));
    return out.toByteArray();
  }
}
