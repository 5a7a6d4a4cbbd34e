package lmnop.chart;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The chart, rendered by helm itself. */
record Chart(String text) {
  static final Path FOLDER = Path.of("lmnop");
  static final String RELEASE = "lmnop";
  static final String NAMESPACE = "platform";

  /** A gateway of OpenFaaS runs the functions. */
  static final Map<String, String> OPENFAAS =
      Map.of(
          "provider.engine", "openfaas",
          "provider.openfaas.url", "http://gateway.openfaas:8080",
          "provider.openfaas.passwordSecret", "basic-auth");

  private static final String OLDEST = "1.27.0";
  private static final KubernetesSerialization MODEL = new KubernetesSerialization();
  private static final Pattern DOCUMENTS = Pattern.compile("(?m)^---$");

  /** Renders it with a file of values that comes along, and some more, as at a first install. */
  static Chart with(String values, Map<String, ?> more) {
    FakeCluster.has(Map.of());
    return render(values, OLDEST, more);
  }

  /** Renders it for a cluster of that version. */
  static Chart of(String version, Map<String, ?> more) {
    FakeCluster.has(Map.of());
    return render("values-small.yaml", version, more);
  }

  /** Renders it where it was installed before. */
  static Chart again(String values, Map<String, String> credentials) {
    FakeCluster.has(credentials);
    return render(values, OLDEST, Map.of());
  }

  private static Chart render(String values, String version, Map<String, ?> more) {
    TemplateCommand command =
        new Helm(FOLDER)
            .template()
            .withName(RELEASE)
            .withNamespace(NAMESPACE)
            .withKubeVersion(version)
            .withValuesFile(FOLDER.resolve(values));
    more.forEach(command::set);
    return new Chart(command.call());
  }

  static Chart with(String values) {
    return with(values, Map.of());
  }

  /** Its objects as a client of Kubernetes knows them. */
  List<HasMetadata> objects() {
    return documents().<HasMetadata>map(MODEL::unmarshal).toList();
  }

  /** Its objects of one kind. */
  <T extends HasMetadata> List<T> all(Class<T> kind) {
    return objects().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** The object of a kind with this name. */
  <T extends HasMetadata> T one(Class<T> kind, String name) {
    return all(kind).stream()
        .filter(object -> object.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + kind.getSimpleName() + " " + name));
  }

  /** Its objects as YAML; each has something beside comments. */
  Stream<String> documents() {
    return DOCUMENTS.splitAsStream(text).filter(document -> document.contains("kind:"));
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> yaml(String document) {
    Object loaded = new Load(LoadSettings.builder().build()).loadFromString(document);
    return (Map<String, Object>) Objects.requireNonNull(loaded);
  }
}
