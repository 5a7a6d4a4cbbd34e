package lmnop.controlplane.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

@SuppressWarnings("NullAway.Init")
class FunctionStoreTest {
  private static final OwnerName ADA = new OwnerName("ada");
  private static final OwnerName BOB = new OwnerName("bob");

  private TestDatabase postgres;
  private Database database;
  private FunctionStore functions;

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    postgres.execute("INSERT INTO lmnop.owners (name) VALUES ('ada'), ('bob')");
    database = postgres.as("lmnop_control");
    functions = new FunctionStore(database, "apps.localhost");
  }

  @AfterEach
  void stop() {
    database.close();
    postgres.close();
  }

  private static <T> T await(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(Duration.ofSeconds(20)));
  }

  private Claimed claim(OwnerName owner, long repository, String name) {
    Mono<Claimed> claim =
        functions
            .claim(owner, repository, name, new FunctionName(name), "ada")
            .flatMap(claimed -> functions.announce(List.of(claimed)).thenReturn(claimed));
    return await(database.inTransaction(claim));
  }

  private long count(String sql) {
    return await(database.one(sql, Map.of(), row -> Rows.only(row, Long.class)));
  }

  @Test
  void firstClaimMakesTheFunctionAndTellsTheRouters() {
    Claimed claimed = claim(ADA, 5, "hello");
    assertThat(claimed.created()).isTrue();
    assertThat(claimed.hosts()).containsExactly("hello.apps.localhost");
    assertThat(count("SELECT count(*) FROM change_log")).isEqualTo(1);
    assertThat(await(functions.repository(ADA, "hello"))).hasValue(new StoredRepository(5, "main"));
    assertThat(count("SELECT count(*) FROM audit WHERE actor = 'ada'")).isEqualTo(2);
  }

  @Test
  void secondClaimChangesNothing() {
    Claimed first = claim(ADA, 5, "hello");
    Claimed second = claim(ADA, 5, "hello");
    assertThat(second).isEqualTo(new Claimed(first.functionId(), false, first.hosts()));
    assertThat(count("SELECT count(*) FROM change_log")).isEqualTo(1);
  }

  @Test
  void hostOfAnotherOwnerIsLeftToHim() {
    claim(ADA, 5, "hello");
    assertThat(claim(BOB, 6, "hello").hosts()).containsExactly("hello--bob.apps.localhost");
  }

  @Test
  void labelThatWouldBeTooLongNamesTheOwnerByNumber() {
    String name = "a".repeat(40);
    OwnerName owner = new OwnerName("b".repeat(40));
    postgres.execute("INSERT INTO lmnop.owners (name) VALUES ('" + owner + "')");
    claim(ADA, 5, name);
    String host = claim(owner, 6, name).hosts().getFirst();
    assertThat(host).matches("a{40}--[a-z2-7]{8}\\.apps\\.localhost");
  }

  @Test
  void nameOfAnotherRepositoryIsRefusedAndLeavesNothing() {
    claim(ADA, 5, "hello");
    long audits = count("SELECT count(*) FROM audit");
    assertThatThrownBy(() -> claim(ADA, 6, "hello"))
        .isInstanceOf(NameTaken.class)
        .hasMessage("'hello' was pushed by somebody else at the same moment: push again.");
    assertThat(count("SELECT count(*) FROM audit")).isEqualTo(audits);
  }

  @Test
  void functionOfAnotherRepositoryIsRefused() {
    await(
        database.inTransaction(
            functions
                .claim(ADA, 5, "tools", new FunctionName("hello"), "ada")
                .flatMap(claimed -> functions.announce(List.of(claimed)).thenReturn(1))));
    assertThatThrownBy(() -> claim(ADA, 6, "hello"))
        .isInstanceOf(NameTaken.class)
        .hasMessageContaining("The function 'hello' is there already");
  }

  @Test
  void ownerWhoIsNotThereIsNotMade() {
    assertThatThrownBy(() -> claim(new OwnerName("nobody"), 5, "hello"))
        .isInstanceOf(NameTaken.class)
        .hasMessage("There is no owner 'nobody'.");
  }
}
