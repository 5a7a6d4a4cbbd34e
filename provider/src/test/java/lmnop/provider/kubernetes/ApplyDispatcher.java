package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.server.mock.KubernetesAttributesExtractor;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.crud.Attribute;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The mock's store of objects, with what it lacks: server-side apply for one manager of fields, the
 * addresses of Services, and what pods print.
 */
final class ApplyDispatcher extends KubernetesCrudDispatcher {
  private final Map<String, Map<String, Object>> applied = new ConcurrentHashMap<>();
  private final AtomicInteger services = new AtomicInteger();

  /** When who watches pods was told last of one: finding its place among thousands comes before. */
  volatile long podToldAt;

  /** Paths of what was asked to change, in order. */
  final List<String> changes = java.util.Collections.synchronizedList(new ArrayList<>());

  /** What was asked with the provider's credential, as {@code VERB GROUP/RESOURCE}. */
  final Set<String> asked = ConcurrentHashMap.newKeySet();

  @Override
  public MockResponse dispatch(RecordedRequest request) {
    if (("Bearer " + FakeCluster.TOKEN).equals(request.getHeader("Authorization"))) {
      Set<String> what = Asked.of(request);
      asked.addAll(what);
      if (fails(what.iterator().next())) {
        return new MockResponse().setResponseCode(500);
      }
      if (isForgotten(what.iterator().next())) {
        return new MockResponse().setResponseCode(410);
      }
    }
    return super.dispatch(request);
  }

  /** Whoever plays the cluster is told all the same. */
  private boolean fails(String asked) {
    boolean fails = listsFail && asked.startsWith("list ") && !asked.endsWith("/events");
    if (fails) {
      failed.incrementAndGet();
    }
    return fails;
  }

  private boolean isForgotten(String asked) {
    return asked.startsWith("watch ")
        && !asked.endsWith("/events")
        && forgotten.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
  }

  @Override
  public MockResponse handlePatch(RecordedRequest request) {
    String type = String.valueOf(request.getHeader("Content-Type"));
    return type.contains("apply-patch") ? apply(request) : super.handlePatch(request);
  }

  private synchronized MockResponse apply(RecordedRequest request) {
    String path = request.getPath().split("\\?", 2)[0];
    if (!refused.isEmpty() && path.endsWith(refused)) {
      return new MockResponse()
          .setResponseCode(422)
          .setBody("{\"kind\":\"Status\",\"code\":422,\"message\":\"no\\nsuch thing\"}");
    }
    Map<String, Object> sent = tree(request.getUtf8Body());
    Map<String, Object> before = applied.put(path, sent);
    Map.Entry<AttributeSet, String> live = findResource(getKey(path));
    changes.add(path);
    if (live == null) {
      addAddress(sent);
      return handleCreate(
          request(request, HttpMethod.POST, path.substring(0, path.lastIndexOf('/')), sent));
    }
    Map<String, Object> known = tree(live.getValue());
    Map<String, Object> next = merged(known, sent, before == null ? Map.of() : before);
    if (next.equals(known)) {
      return new MockResponse().setResponseCode(200).setBody(live.getValue());
    }
    return handleUpdate(request(request, HttpMethod.PUT, path, next));
  }

  @Override
  public void processEvent(
      String path,
      AttributeSet pathAttributes,
      AttributeSet oldAttributes,
      GenericKubernetesResource resource,
      String newState) {
    if (path.contains("/pods")) {
      podToldAt = System.nanoTime();
    }
    super.processEvent(path, pathAttributes, oldAttributes, resource, newState);
  }

  private static RecordedRequest request(
      RecordedRequest like, HttpMethod method, String path, Map<String, Object> body) {
    byte[] bytes = Serialization.asJson(body).getBytes(StandardCharsets.UTF_8);
    return new RecordedRequest(
        like.getHttpVersion(), method, path, like.getHeaders(), new Buffer(bytes));
  }

  /** Puts an object there at once: looking for one of its name takes time where there are many. */
  void put(HasMetadata object, String plural) {
    object.getMetadata().setUid(object.getKind() + "-" + object.getMetadata().getName());
    object.getMetadata().setGeneration(1L);
    object.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
    object.getMetadata().setResourceVersion(Long.toString(requestResourceVersion()));
    AttributeSet key = new KubernetesAttributesExtractor().extract(object);
    map.put(key.add(new Attribute("plural", plural)), Serialization.asJson(object));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> tree(String json) {
    return Serialization.unmarshal(json, Map.class);
  }

  @SuppressWarnings("unchecked")
  private void addAddress(Map<String, Object> sent) {
    if ("Service".equals(sent.get("kind"))) {
      Map<String, Object> spec = new LinkedHashMap<>((Map<String, Object>) sent.get("spec"));
      spec.put("clusterIP", "10.96.0." + services.incrementAndGet());
      sent.put("spec", spec);
    }
  }

  /** What was applied before and is no longer goes; what others have put there stays. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> merged(
      Map<String, Object> live, Map<String, Object> sent, Map<String, Object> before) {
    Map<String, Object> next = new LinkedHashMap<>(live);
    before.keySet().stream().filter(key -> !sent.containsKey(key)).forEach(next::remove);
    sent.forEach((key, value) -> {
      Object there = live.get(key);
      Object was = before.get(key);
      next.put(
          key,
          value instanceof Map && there instanceof Map
              ? merged(
                  (Map<String, Object>) there,
                  (Map<String, Object>) value,
                  was instanceof Map ? (Map<String, Object>) was : new HashMap<>())
              : value);
    });
    return next;
  }

  /** The end of the paths of what may not be changed; empty for none. */
  volatile String refused = "";

  /** How often a list failed because a test wants it so. */
  final AtomicInteger failed = new AtomicInteger();

  /** How many watches of each path are still to be told that they begin too long ago. */
  final AtomicInteger forgotten = new AtomicInteger();

  volatile boolean listsFail;

  @Override
  public MockResponse handleGet(String path) {
    if (path.contains("/log?")) {
      return new MockResponse()
          .setResponseCode(200)
          .setBody("2026-01-01T00:00:00.000000001Z hello\n2026-01-01T00:00:01Z it listens\n");
    }
    return super.handleGet(path);
  }
}
