package lmnop.builderworker.build;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.Trees;
import lmnop.operations.archive.UnsafeArchive;

/** {@link Stage#CHECKOUT}: the commit's tree, unpacked. */
final class Checkout implements StageWork {
  @Override
  public void run(Build build) throws BuildFailure, IOException, InterruptedException {
    try {
      build
          .controlPlane()
          .source(
              build.order().buildId(),
              tar -> {
                Counted counted = new Counted(new BufferedInputStream(tar));
                TarReader.unpack(counted, build.workspace().source(), TarReader.Budget.SOURCE);
                build
                    .log()
                    .say(
                        Stage.CHECKOUT,
                        "commit %s, %s"
                            .formatted(build.order().shortCommit(), Sizes.text(counted.count)));
              });
    } catch (UnsafeArchive e) {
      throw BuildFailure.user(
          "the repository cannot be unpacked: " + e.getMessage() + "; change it and push again");
    }
    for (FunctionBuild function : build.functions()) {
      BuildOrder.FunctionOrder order = function.order();
      if (!Files.isDirectory(order.directoryIn(build.workspace().source()))) {
        throw BuildFailure.user(
            "the repository has no directory '%s', which is said to hold %s"
                .formatted(order.root(), order.name()));
      }
      include(build, order);
    }
  }

  /** Puts what a function includes beside its own files, in a directory of both. */
  private static void include(Build build, BuildOrder.FunctionOrder order)
      throws BuildFailure, IOException {
    Path source = build.workspace().source();
    Map<String, Path> included = order.includedFrom(source);
    if (included.isEmpty()) {
      return;
    }
    Path both = build.workspace().sourceOf(order);
    Files.createDirectories(Objects.requireNonNull(both.getParent()));
    Trees.copy(order.directoryIn(source), both);
    for (Map.Entry<String, Path> one : included.entrySet()) {
      if (!Files.exists(one.getValue(), LinkOption.NOFOLLOW_LINKS)) {
        throw BuildFailure.user(
            "the repository has no '%s', which %s includes"
                .formatted(source.relativize(one.getValue()), order.name()));
      }
      Trees.copy(one.getValue(), free(both, one.getKey(), order));
    }
  }

  /** Where something goes that is included; a link on the way there could lead anywhere. */
  private static Path free(Path both, String path, BuildOrder.FunctionOrder order)
      throws BuildFailure, IOException {
    Path at = both;
    for (Path part : both.relativize(BuildOrder.FunctionOrder.within(both, path))) {
      if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
          break;
        }
        Files.createDirectory(at);
      }
      at = at.resolve(part);
    }
    if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
      throw BuildFailure.user(
          "%s has '%s', and includes '%s': rename one"
              .formatted(order.name(), both.relativize(at), path));
    }
    return at;
  }

  private static final class Counted extends FilterInputStream {
    private long count;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      count += Math.max(0, n);
      return n;
    }
  }
}
