package lmnop.controlplane.crashes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.database.Database;
import lmnop.providerapi.Crash;
import lmnop.providerapi.ProviderException;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
final class CrashCommandTest {
  private static final Instant FIRST = Instant.parse("2026-01-31T12:00:00Z");

  private final FakeFunctionProvider provider = new FakeFunctionProvider();
  private TestDatabase postgres;
  private Database database;

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    database = postgres.as("lmnop_control");
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (id, name) VALUES (1, 'default'), (2, 'team');
        INSERT INTO functions (id, owner_id, name) VALUES (7, 1, 'hello'), (8, 2, 'hello');
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy)
          VALUES (42, 7, 3, repeat('c', 40), 'bundle@sha256:0', 'python3', '{}', '{}');
        """);
  }

  @AfterEach
  void stop() {
    database.close();
    postgres.close();
  }

  private List<String> crashes(String... arguments) {
    List<String> lines = new ArrayList<>();
    new CrashCommand(new Crashes(database, provider), lines::add).run(arguments);
    return lines;
  }

  private void outOfMemory() {
    provider.crashed(
        "7",
        "default",
        new Crash(
            5,
            "hello-a",
            42L,
            "hello-a-9",
            "out of memory: it needed more",
            null,
            9,
            List.of("out of memory: it needed more"),
            60 << 20,
            64 << 20,
            12,
            FIRST,
            FIRST.plusSeconds(90),
            FIRST.plusSeconds(85),
            List.of("growing", "\u001b[31mred\u001b[0m")));
  }

  @Test
  void theListSaysHowOftenAndOfWhichRevision() {
    outOfMemory();
    assertThat(crashes("hello"))
        .last()
        .asString()
        .startsWith("5 ")
        .contains("2026-01-31T12:01:30Z", "3 (ccccccc)", " 12 ", "out of memory");
    assertThat(crashes("hello", "--owner", "team"))
        .containsExactly("No instance of hello ended by itself.");
  }

  @Test
  void oneIsShownWholeAndSteersNoTerminal() {
    outOfMemory();
    assertThat(crashes("hello", "5"))
        .containsExactly(
            "Crash 5: out of memory: it needed more",
            "  last       2026-01-31T12:01:30Z",
            "  happened   12 times since 2026-01-31T12:00:00Z",
            "  revision   3 (ccccccc)",
            "  instance   hello-a-9",
            "  ran        5 s",
            "  memory     60 MiB at most, of 64 MiB",
            "  limit met  out of memory: it needed more",
            "It printed last:",
            "  growing",
            "  red");
  }

  @Test
  void whatIsNotThereIsSaid() {
    assertThatThrownBy(() -> crashes("hallo"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("default has no function 'hallo'");
    assertThatThrownBy(() -> crashes("hello", "9"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("hello has no crash 9");
    provider.failNext(new ProviderException(0, "The provider does not answer"));
    assertThatThrownBy(() -> crashes("hello"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The provider does not answer");
    assertThatThrownBy(() -> crashes("hello", "first"))
        .isInstanceOf(Misused.class)
        .hasMessageContaining("crashes FUNCTION [NUMBER]");
    assertThatThrownBy(() -> crashes()).isInstanceOf(Misused.class);
    assertThatThrownBy(() -> crashes("hello", "--owner")).isInstanceOf(Misused.class);
  }
}
