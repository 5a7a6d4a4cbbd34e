package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.Wire;

/**
 * The namespaces of the provider API: owners, in one namespace of the cluster or each in his own.
 */
final class Namespaces {
  private static final String DEFAULT = WorkloadKey.DEFAULT_NAMESPACE;
  private static final String KIND = "namespace";
  private static final String NOTE = "note"; // a key of the ConfigMap
  private static final int LONGEST = 63;

  private final Means means;
  private final Predicate<String> isUsed;
  private final Set<String> prepared = ConcurrentHashMap.newKeySet();

  /** Noted namespaces, and those that functions were deployed to since this process started. */
  private final Map<String, FunctionNamespace> noted = new ConcurrentHashMap<>();

  private volatile boolean read;

  Namespaces(Means means, Predicate<String> isUsed) {
    this.means = means;
    this.isUsed = isUsed;
  }

  private String place(String name) {
    String place = means.settings().namespaceOf(name);
    if (place.length() > LONGEST) {
      throw Refused.badRequest(
          "The namespace '%s' would be '%s' in the cluster, which takes %d characters at most"
              .formatted(name, place, LONGEST));
    }
    return place;
  }

  /** Where notes are: beside the functions of all, or of whoever is called default. */
  private String home() {
    return means.settings().namespaceOf(DEFAULT);
  }

  Set<String> names() {
    Set<String> names = new TreeSet<>(notes().keySet());
    names.add(DEFAULT);
    return names;
  }

  Optional<FunctionNamespace> find(String name) {
    return Optional.ofNullable(notes().get(name));
  }

  private Map<String, FunctionNamespace> notes() {
    if (!read) {
      means
          .cluster()
          .list(
              ConfigMap.class,
              home(),
              Map.of(Marks.HOLDS, KIND, Marks.PROVIDER, means.marks().provider()))
          .forEach(note -> {
            FunctionNamespace namespace =
                Wire.read(note.getData().getOrDefault(NOTE, "{}"), FunctionNamespace.class);
            Marks.label(note, Marks.NAMESPACE).ifPresent(name -> noted.put(name, namespace));
          });
      read = true;
    }
    return noted;
  }

  void note(FunctionNamespace namespace) {
    String name = String.valueOf(namespace.name());
    prepare(DEFAULT);
    prepare(name);
    Map<String, String> labels = means.marks().of(name);
    labels.put(Marks.HOLDS, KIND);
    means
        .cluster()
        .apply(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(home())
                .withName(ObjectNames.noteOf(name))
                .withLabels(labels)
                .endMetadata()
                .addToData(NOTE, Wire.write(namespace))
                .build());
    noted.put(name, namespace);
  }

  void delete(String name) {
    if (name.equals(DEFAULT)) {
      throw new Refused(409, "The namespace 'default' is always there");
    }
    if (isUsed.test(name)) {
      throw new Refused(
          409, "Functions or secrets are in the namespace '%s': remove them first".formatted(name));
    }
    means.cluster().delete(ConfigMap.class, home(), ObjectNames.noteOf(name));
    if (means.settings().namespacePerOwner()) {
      means
          .cluster()
          .findShared(Namespace.class, place(name))
          .filter(means.marks()::isOurs)
          .ifPresent(ours -> means.cluster().deleteShared(Namespace.class, place(name)));
    }
    noted.remove(name);
    prepared.remove(name);
  }

  /** Makes sure that functions can be in a namespace, and are kept apart there. */
  void prepare(String name) {
    if (prepared.contains(name)) {
      return;
    }
    String place = place(name);
    if (means.settings().namespacePerOwner()
        && means.cluster().findShared(Namespace.class, place).isEmpty()) {
      means
          .cluster()
          .apply(
              new NamespaceBuilder()
                  .withNewMetadata()
                  .withName(place)
                  .withLabels(means.marks().of(name))
                  .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                  .endMetadata()
                  .build());
    }
    means.cluster().apply(means.policies().ofAll(name));
    prepared.add(name);
  }
}
