package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions that are built with files from outside their folder. */
@RequiresTool({"python3", "bwrap"})
final class IncludedFilesTest {
  @TempDir private Path temp;
  private WorkerFixture fixture;
  private BuilderWorker worker;
  private Repository repository;

  @BeforeEach
  void start() throws Exception {
    fixture = new WorkerFixture(temp);
    worker = fixture.worker("one");
    repository =
        new Repository(Files.createDirectory(temp.resolve("repository")))
            .file("sites/shop/public/index.html", "shop")
            .file("common/style.css", "h1 {}")
            .file("common/fonts/a.txt", "a");
  }

  @AfterEach
  void stop() throws Exception {
    worker.close();
    fixture.close();
  }

  private WorkerFixture.State build(String root, Map<String, String> included) throws Exception {
    Map<String, Object> function =
        new HashMap<>(
            WorkerFixture.function(
                1,
                "shop",
                root,
                "static",
                fixture.controlPlane.template(WorkerFixture.TEMPLATES.resolve("static")),
                Map.of()));
    function.put(
        "include",
        included.entrySet().stream()
            .map(one -> Map.of("from", one.getKey(), "to", one.getValue()))
            .toList());
    return fixture.end(fixture.submit(repository.tar(), List.of(function)));
  }

  @Test
  void theyLieInItsFolder() throws Exception {
    WorkerFixture.State end =
        build(
            "sites/shop",
            Map.of("common/fonts", "public/fonts", "common/style.css", "public/css/all.css"));
    assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
    Path site =
        Bundle.open(fixture.bundle(end.artifact()), temp.resolve("bundle"))
            .code()
            .resolve("public");
    assertThat(site.resolve("index.html")).hasContent("shop");
    assertThat(site.resolve("fonts/a.txt")).hasContent("a");
    assertThat(site.resolve("css/all.css")).hasContent("h1 {}");
  }

  @Test
  void theyTakeNobodysPlace() throws Exception {
    WorkerFixture.State end =
        build("sites/shop", Map.of("common/style.css", "public/index.html/style.css"));
    assertThat(end.text("fault")).isEqualTo("user");
    assertThat(end.text("message")).contains("shop has 'public/index.html', and includes");
  }

  @Test
  void aLinkOfTheFunctionLeadsThemNowhere() throws Exception {
    Files.createSymbolicLink(
        temp.resolve("repository/sites/shop/away"), Path.of("../../common/fonts"));
    WorkerFixture.State end = build("sites/shop", Map.of("common/style.css", "away/style.css"));
    assertThat(end.text("message")).contains("shop has 'away', and includes 'away/style.css'");
  }

  @Test
  void theyLieInTheCommit() throws Exception {
    assertThat(build("sites/shop", Map.of("../../x", "x")).state()).isEqualTo("FAILED");
    WorkerFixture.State end = build("sites/shop", Map.of("missing", "x"));
    assertThat(end.text("message"))
        .contains("the repository has no 'missing', which shop includes");
  }
}
