package lmnop.standalone.apps;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CredentialsTest {
  @TempDir Path folder;

  @Test
  void makesThePasswordOfAdminReadableAndLong() {
    String password = Credentials.readablePassword(new SecureRandom()).value();

    assertThat(password).matches("([a-hj-km-np-z2-9i]{5}-){3}[a-hj-km-np-z2-9i]{5}");
    assertThat(password).doesNotContain("l", "o", "0", "1");
  }

  @Test
  void keepsWhatIsThereAndMakesWhatIsMissing() {
    Credentials first = new Credentials(folder, new SecureRandom());
    first.createMissing();
    String password = first.adminPassword().read().value();
    String owner = first.databaseOwner().read().value();
    assertThat(first.waker().path().toFile().delete()).isTrue();

    Credentials second = new Credentials(folder, new SecureRandom());
    second.createMissing();

    assertThat(second.adminPassword().read().value()).isEqualTo(password);
    assertThat(second.databaseOwner().read().value()).isEqualTo(owner);
    assertThat(second.waker().read().value()).isNotEqualTo(second.operator().read().value());
    assertThat(second.databaseRoles())
        .containsOnlyKeys("lmnop_control", "lmnop_provider", "lmnop_worker", "lmnop_router");
  }
}
