package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class PackInspectionTest {
  private static final int MIB = 1024 * 1024;

  @TempDir Path folder;
  private final AtomicLong memory = new AtomicLong(-1);

  /** Reads a pack to its end in pieces of random length. */
  private byte[] read(byte[] pack, Map<String, String> limits, long seed) throws IOException {
    Random random = new Random(seed);
    InputStream pieces =
        new FilterInputStream(new ByteArrayInputStream(pack)) {
          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            return super.read(buffer, offset, Math.min(length, 1 + random.nextInt(40)));
          }
        };
    var rules =
        new PackInspection.Rules(
            GitServer.settings(limits).pack(), memory::set, "the push", "push less");
    try (PackInspection inspection = PackInspection.of(pieces, rules)) {
      return inspection.readAllBytes();
    }
  }

  private void refuses(PackBuilder pack, String words) {
    assertThatThrownBy(() -> read(pack.build(), Map.of(), 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(words);
    assertThat(memory).hasValue(-1);
  }

  private static PackBuilder pack() {
    return new PackBuilder();
  }

  @Test
  @RequiresTool("git")
  void packOfGitComesThroughUnchangedHoweverItIsCut() throws Exception {
    Work work = Work.function(folder);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      lines.append("line ").append(i).append(" of a file that grows\n".repeat(20));
      work.commit("growing.txt", lines.toString()).commit("empty-" + i, "");
    }
    work.git("gc", "-q", "--aggressive");
    Process packing =
        work.start(Map.of(), "pack-objects", "--stdout", "--revs", "--delta-base-offset");
    packing.getOutputStream().write("HEAD\n".getBytes(StandardCharsets.UTF_8));
    packing.getOutputStream().close();
    byte[] output = packing.getInputStream().readAllBytes();
    byte[] pack = Arrays.copyOfRange(output, indexOfPack(output), output.length);
    for (int seed = 0; seed < 20; seed++) {
      assertThat(read(withoutTail(pack), Map.of(), seed)).isEqualTo(withoutTail(pack));
      assertThat(memory.get()).isBetween(100L, 2L * MIB);
    }
  }

  private static int indexOfPack(byte[] output) {
    return new String(output, StandardCharsets.ISO_8859_1).indexOf("PACK\0\0\0\2");
  }

  /** What git prints about its progress comes in the same stream of this test. */
  private static byte[] withoutTail(byte[] pack) {
    int end = new String(pack, StandardCharsets.ISO_8859_1).lastIndexOf("Total ");
    return end < 0 ? pack : Arrays.copyOf(pack, end);
  }

  @Test
  void sizesAreLookedAtBeforeAnythingIsUnpacked() {
    refuses(
        pack().object(PackBuilder.BLOB, 10L << 30, new byte[0], new byte[9]), "Object too large");
    refuses(pack().object(PackBuilder.TREE, 9 * MIB, new byte[0], new byte[9]), "Object too large");
    refuses(pack().object(PackBuilder.BLOB, 5, new byte[0], new byte[9]), "larger than it says");
    refuses(pack().object(PackBuilder.BLOB, 50, new byte[0], new byte[9]), "smaller than it says");
    PackBuilder grows = pack();
    grows.blob("x");
    refuses(grows.offsetDelta(-1, PackBuilder.delta(1, 2 * MIB, "y")), "Object too large");
  }

  @Test
  void folderThatIsADeltaIsNoLargerThanAnyFolder() throws Exception {
    Map<String, String> limits = Map.of("pack.structure-size", "1KB");
    PackBuilder folders = pack();
    folders.add(PackBuilder.TREE, new byte[1]);
    folders.offsetDelta(-1, PackBuilder.delta(1, 900, "y"));
    assertThat(read(folders.build(), limits, 1)).isNotEmpty();
    folders.offsetDelta(-1, PackBuilder.delta(900, 1100, "y"));
    assertThatThrownBy(() -> read(folders.build(), limits, 1))
        .hasMessageContaining("it has 1100 bytes unpacked, at most 1024");
    PackBuilder files = pack();
    files.blob("x");
    files.offsetDelta(-1, PackBuilder.delta(1, 1100, "y"));
    assertThat(read(files.build(), limits, 1)).isNotEmpty();
  }

  @Test
  void everythingUnpackedTogetherHasALimit() {
    PackBuilder pack = pack();
    for (int i = 0; i < 20; i++) {
      pack.add(PackBuilder.BLOB, new byte[100_000 + i]);
    }
    assertThatThrownBy(() -> read(pack.build(), Map.of("pack.unpacked-size", "1MB"), 1))
        .hasMessageContaining("more than 1 MiB unpacked");
  }

  @Test
  void brokenOnesAreSaidToBe() throws Exception {
    refuses(pack().announcing(1001), "the push has 1001 objects, at most 1000");
    refuses(pack().object(0, 1, new byte[0], new byte[1]), "unknown type 0");
    refuses(pack().object(5, 1, new byte[0], new byte[1]), "unknown type 5");
    refuses(pack().distanceDelta(3, PackBuilder.delta(1, 2, "y")), "a delta has no base");
    refuses(pack().distanceDelta(1L << 40, PackBuilder.delta(1, 2, "y")), "a delta has no base");
    PackBuilder misfit = pack();
    misfit.blob("three");
    refuses(misfit.offsetDelta(-1, PackBuilder.delta(9, 10, "y")), "does not fit its base");
    refuses(pack().object(6, 1, new byte[] {1}, new byte[] {(byte) 0x80}), "a delta has no sizes");
    byte[] noise = pack().announcing(1).build();
    assertThatThrownBy(() -> read(noise, Map.of(), 1)).hasMessageContaining("the pack is broken");
    ByteArrayOutputStream longer = new ByteArrayOutputStream();
    longer.writeBytes(pack().build());
    longer.write(1);
    assertThatThrownBy(() -> read(longer.toByteArray(), Map.of(), 1))
        .hasMessageContaining("behind its end");
  }

  @Test
  void depthOfDeltasHasALimit() {
    PackBuilder chain = pack();
    chain.blob("x");
    for (int i = 0; i < 300; i++) {
      chain.offsetDelta(-1, PackBuilder.delta(1 + i, 2 + i, "y"));
    }
    refuses(chain, "more than 250 deltas on top of each other");
  }

  @Test
  void memoryIsThatOfTheBranchesOfATreeOfDeltas() throws Exception {
    int large = 1_000_000;
    PackBuilder line = pack();
    PackBuilder branches = pack();
    line.add(PackBuilder.BLOB, new byte[large]);
    branches.add(PackBuilder.BLOB, new byte[large]);
    for (int i = 0; i < 20; i++) {
      byte[] delta = PackBuilder.delta(large + i, large + i + 1, "y");
      line.offsetDelta(-1, delta);
      branches.offsetDelta(i == 0 ? -1 : -2, delta).offsetDelta(i == 0 ? -2 : -3, delta);
    }
    read(line.build(), Map.of(), 1);
    assertThat(memory.get()).isBetween(2L * large, 3L * large);
    read(branches.build(), Map.of(), 1);
    assertThat(memory.get()).isGreaterThan(19L * large);
  }

  @Test
  void deltasThatNameTheirBasesMayFormAChainAsFarAsTheirSizesFit() throws Exception {
    PackBuilder fitting = pack();
    PackBuilder strange = pack();
    String name = "1".repeat(40);
    for (int i = 0; i < 10; i++) {
      fitting.namedDelta(name, PackBuilder.delta(500_000 + i, 500_001 + i, "y"));
      strange.namedDelta(name, PackBuilder.delta(400_000 + i, 500_001 + i, "y"));
    }
    read(fitting.build(), Map.of(), 1);
    assertThat(memory.get()).isGreaterThan(9L * 500_000);
    read(strange.build(), Map.of(), 1);
    assertThat(memory.get()).isLessThan(2L * 500_000);
  }
}
