package lmnop.builderworker.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplatesTest {
  @TempDir Path temp;

  @Test
  void aTemplateIsFetchedOnce() throws Exception {
    byte[] tar = tar();
    AtomicInteger fetched = new AtomicInteger();
    Templates templates = new Templates(temp.resolve("templates"));
    Templates.Source source =
        (digest, into) -> {
          fetched.incrementAndGet();
          into.write(tar);
        };

    TemplateFolder first = templates.get(Digest.of(tar), source);
    TemplateFolder second = templates.get(Digest.of(tar), source);

    assertThat(first).isSameAs(second);
    assertThat(first.path().resolve("server.py")).exists();
    assertThat(fetched).hasValue(1);
  }

  @Test
  void otherBytesThanTheDigestSaysAreRefusedAndNotKept() throws Exception {
    byte[] tar = tar();
    Templates templates = new Templates(temp.resolve("templates"));
    Digest other = Digest.of("other");

    assertThatThrownBy(() -> templates.get(other, (digest, into) -> into.write(tar)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("came as " + Digest.of(tar));
    assertThat(temp.resolve("templates")).isEmptyDirectory();
  }

  private static byte[] tar() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      tar.tree(Path.of("../templates/static"));
    }
    return out.toByteArray();
  }
}
