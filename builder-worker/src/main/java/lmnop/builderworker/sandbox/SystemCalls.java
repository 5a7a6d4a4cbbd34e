package lmnop.builderworker.sandbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * A filter for system calls, as the kernel takes it from bubblewrap: whatever makes namespaces,
 * mounts, loads or traces is answered as if the right to it were missing, also where the kernel
 * would grant it inside a new user namespace. Nothing that builds need is in the list; builders of
 * images need the first two, and get them.
 */
final class SystemCalls {
  private static final int LOAD = 0x20;
  private static final int IF_EQUAL = 0x15;
  private static final int IF_AT_LEAST = 0x35;
  private static final int IF_BITS = 0x45;
  private static final int RETURN = 0x06;

  private static final int NUMBER = 0; // places in what the filter is shown
  private static final int ARCHITECTURE = 4;
  private static final int FIRST_ARGUMENT = 16;

  private static final int ALLOW = 0x7fff0000;
  private static final int ERROR = 0x00050000;
  private static final int NOT_PERMITTED = ERROR | 1;
  private static final int NOT_THERE = ERROR | 38; // programs then do it another way
  private static final int NO_SUCH_FAMILY = ERROR | 97;

  private static final int NEW_NAMESPACES = 0x7e020000;
  private static final int OTHER_CALLS = 0x40000000; // the x32 kind of calls begins there

  /** Unix, IPv4, IPv6 and netlink, by which programs learn of their own links. */
  private static final List<Integer> FAMILIES = List.of(1, 2, 10, 16);

  /** Numbers that are the same everywhere: mounts. */
  private static final List<Integer> NEWER_MOUNTS = List.of(428, 429, 430, 431, 432, 433, 442);

  private static final int OTHERS_FILES = 438;

  private static final List<Integer> IO_URING = List.of(425, 426, 427);
  private static final int CLONE3 = 435;

  /**
   * One kind of processor.
   *
   * @param cloning the number of the call that makes processes
   * @param opening the number of the call that makes sockets
   * @param nesting namespaces, mounts and roots
   * @param denied keys, modules, tracing, clocks, swap, restart and their like
   */
  private record Kind(
      String name,
      int code,
      int cloning,
      int opening,
      List<Integer> nesting,
      List<Integer> denied) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "amd64",
              0xc000003e,
              56,
              41,
              List.of(272, 308, 165, 166, 155, 161),
              List.of(
                  250, 248, 249, 321, 298, 323, 246, 320, 175, 313, 176, 101, 310, 311, 312, 167,
                  168, 169, 163, 179, 103, 164, 227, 159, 305, 304, 153, 172, 173, 170, 171)),
          new Kind(
              "aarch64",
              0xc00000b7,
              220,
              198,
              List.of(97, 268, 40, 39, 41, 51),
              List.of(
                  219, 217, 218, 280, 241, 282, 104, 294, 105, 273, 106, 117, 270, 271, 272, 224,
                  225, 142, 89, 60, 116, 170, 112, 171, 266, 265, 58, 161, 162)));

  private final ByteBuffer program = ByteBuffer.allocate(8 * 256).order(ByteOrder.LITTLE_ENDIAN);

  private SystemCalls() {}

  /**
   * The filter for a kind of processor, if it is one that we know.
   *
   * @param rights of the commands that it is for
   */
  static Optional<byte[]> filter(String processor, Command.Rights rights) {
    return KINDS.stream()
        .filter(kind -> kind.name().equals(processor))
        .findFirst()
        .map(kind -> new SystemCalls().assemble(kind, rights == Command.Rights.NAMESPACES));
  }

  private byte[] assemble(Kind kind, boolean nests) {
    add(LOAD, 0, 0, ARCHITECTURE);
    add(IF_EQUAL, 1, 0, kind.code());
    add(RETURN, 0, 0, NOT_THERE);
    add(LOAD, 0, 0, NUMBER);
    add(IF_AT_LEAST, 0, 1, OTHER_CALLS);
    add(RETURN, 0, 0, NOT_THERE);
    kind.denied().forEach(call -> answer(call, NOT_PERMITTED));
    answer(OTHERS_FILES, NOT_PERMITTED);
    IO_URING.forEach(call -> answer(call, NOT_THERE));
    answer(CLONE3, NOT_THERE); // its flags cannot be seen from here
    if (!nests) {
      kind.nesting().forEach(call -> answer(call, NOT_PERMITTED));
      NEWER_MOUNTS.forEach(call -> answer(call, NOT_PERMITTED));
      namespaces(kind.cloning());
    }
    families(kind.opening());
    add(RETURN, 0, 0, ALLOW);
    byte[] bytes = new byte[program.position()];
    program.flip().get(bytes);
    return bytes;
  }

  private void answer(int call, int with) {
    add(IF_EQUAL, 0, 1, call);
    add(RETURN, 0, 0, with);
  }

  private void namespaces(int call) {
    add(IF_EQUAL, 0, 4, call);
    add(LOAD, 0, 0, FIRST_ARGUMENT);
    add(IF_BITS, 0, 1, NEW_NAMESPACES);
    add(RETURN, 0, 0, NOT_PERMITTED);
    add(LOAD, 0, 0, NUMBER);
  }

  private void families(int call) {
    add(IF_EQUAL, 0, FAMILIES.size() + 3, call);
    add(LOAD, 0, 0, FIRST_ARGUMENT);
    for (int i = 0; i < FAMILIES.size(); i++) {
      add(IF_EQUAL, FAMILIES.size() - i, 0, FAMILIES.get(i));
    }
    add(RETURN, 0, 0, NO_SUCH_FAMILY);
    add(LOAD, 0, 0, NUMBER);
  }

  private void add(int code, int ifTrue, int ifFalse, int value) {
    program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
  }
}
