package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lmnop.provider.kubernetes.FakeCluster;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.Secret;
import org.junit.jupiter.api.Test;

/**
 * The role that the manual shows is what the provider needs, no less and no more. That the chart
 * grants the same is tested there.
 */
final class ClusterRoleTest {
  private static final Path PAGE = Path.of("../docs/kubernetes.md");
  private static final Pattern RULE =
      Pattern.compile("apiGroups: \\[(.*?)], resources: \\[(.*?)], verbs: \\[(.*?)]");
  private static final Pattern OF_NAMESPACES = Pattern.compile("`([a-z, ]+)` of `namespaces`");

  @Test
  void theProviderAsksForWhatTheManualGrantsAndForNothingElse() throws Exception {
    try (FakeCluster cluster = new FakeCluster();
        TestProvider running = provider(cluster, "kubernetes.drain=1s");
        HttpFunctionProvider provider = running.client()) {
      await().atMost(TestProvider.PATIENCE).until(provider::healthy);
      live(provider, running);
      await()
          .atMost(TestProvider.PATIENCE)
          .untilAsserted(() -> assertThat(cluster.asked()).isEqualTo(granted()));
      await().atMost(TestProvider.PATIENCE).until(() -> !cluster.hasDeployment("all"));
      assertThat(cluster.asked()).isEqualTo(granted());
    }
  }

  @Test
  void ownersWithNamespacesOfTheirOwnNeedWhatTheManualSaysBesides() throws Exception {
    try (FakeCluster cluster = new FakeCluster();
        TestProvider running = provider(cluster, "kubernetes.namespace-per-owner=true");
        HttpFunctionProvider provider = running.client()) {
      await().atMost(TestProvider.PATIENCE).until(provider::healthy);
      namespaces(running);
      Matcher verbs = OF_NAMESPACES.matcher(Files.readString(PAGE));
      assertThat(verbs.find()).isTrue();
      assertThat(
              cluster.asked().stream()
                  .filter(asked -> asked.endsWith(" /namespaces"))
                  .map(asked -> asked.substring(0, asked.indexOf(' '))))
          .containsExactlyInAnyOrderElementsOf(words(verbs.group(1)));
    }
  }

  private static TestProvider provider(FakeCluster cluster, String more) {
    return new TestProvider(
            "engine=kubernetes", "kubernetes.kubeconfig=" + cluster.kubeconfig(), more)
        .start();
  }

  /** Everything that a function may go through. */
  private static void live(HttpFunctionProvider provider, TestProvider running)
      throws IOException, InterruptedException {
    namespaces(running);
    provider.putSecret(Secret.of("key", "default", "first"));
    provider.putSecret(Secret.of("key", "default", "second"));
    for (String image : List.of("one", "two", "three", "four")) {
      provider.deploy(
          new FunctionDeployment(
              "all",
              "registry.test/all:" + image,
              "default",
              null,
              null,
              null,
              List.of("key"),
              null,
              Map.of("lmnop.reachable-by-functions", "true"),
              null,
              null,
              null));
    }
    provider.scale("all", "default", 3);
    awaitEndpoints(running, 3);
    provider.scale("all", "default", 1);
    awaitEndpoints(running, 1);
    await().atMost(TestProvider.PATIENCE).until(() -> running.log("all").contains("hello"));
    provider.secretNames("default");
    provider.delete("all", "default");
    provider.deleteSecret("key", "default");
  }

  private static void awaitEndpoints(TestProvider running, int count) {
    await().atMost(TestProvider.PATIENCE).until(() -> running.endpoints("all").size() == count);
  }

  /** Makes a namespace, notes something else of it, and removes it. */
  private static void namespaces(TestProvider running) throws IOException, InterruptedException {
    namespace(running, "POST", "/system/namespace/");
    namespace(running, "PUT", "/system/namespace/noted");
    namespace(running, "DELETE", "/system/namespace/noted");
  }

  private static void namespace(TestProvider running, String method, String path)
      throws IOException, InterruptedException {
    byte[] login = "operator:operator-token".getBytes(StandardCharsets.UTF_8);
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + running.address().getPort() + path))
              .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(login))
              .method(method, HttpRequest.BodyPublishers.ofString("{\"name\":\"noted\"}"))
              .build();
      assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()))
          .satisfies(
              answer -> assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299));
    }
  }

  private static Set<String> granted() throws IOException {
    Set<String> granted = new TreeSet<>();
    Matcher rule = RULE.matcher(Files.readString(PAGE));
    while (rule.find()) {
      for (String resource : words(rule.group(2))) {
        for (String verb : words(rule.group(3))) {
          granted.add(verb + " " + rule.group(1).replace("\"", "") + "/" + resource);
        }
      }
    }
    return granted;
  }

  private static Set<String> words(String list) {
    return Arrays.stream(list.split(",")).map(String::strip).collect(Collectors.toSet());
  }
}
