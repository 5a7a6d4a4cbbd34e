package lmnop.provider;

import java.util.List;
import java.util.Map;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;

/** Functions of the owner {@code team} that are scaled by their load, and have traffic. */
final class ScaledFunctions {
  private final TestProvider provider;

  ScaledFunctions(TestProvider provider) {
    this.provider = provider;
    provider
        .database()
        .execute("SET search_path = lmnop; INSERT INTO owners (id, name) VALUES (70, 'team');");
  }

  /** Its instances are to have two requests in flight each, at most three of them, or none. */
  void deploy(int id, String name, String image) {
    try (HttpFunctionProvider client = provider.client()) {
      client.deploy(
          new FunctionDeployment(
              name,
              image,
              "team",
              null,
              null,
              null,
              null,
              Map.of(
                  "com.openfaas.scale.max", "3",
                  "com.openfaas.scale.type", "capacity",
                  "com.openfaas.scale.target", "2",
                  "com.openfaas.scale.zero", "true",
                  "com.openfaas.scale.zero-duration", "1s"),
              null,
              null,
              null,
              null));
    }
    provider
        .database()
        .execute(
            """
            SET search_path = lmnop;
            INSERT INTO functions (id, owner_id, name) VALUES (%1$d, 70, '%2$s');
            INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
              VALUES (%1$d, %1$d, 1, 'a', 'python3', '{}', '{}');
            INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
              VALUES (%1$d, %1$d, 'team', '%2$s', 100);
            """
                .formatted(id, name));
  }

  int replicas(String workload) {
    try (HttpFunctionProvider client = provider.client()) {
      return client.status(workload, "team").orElseThrow().replicas();
    }
  }

  /** How often a number went down after it had gone up, or up after it had gone down. */
  static int turns(List<Integer> numbers) {
    int turns = 0;
    int direction = 0;
    for (int i = 1; i < numbers.size(); i++) {
      int next = Integer.signum(numbers.get(i) - numbers.get(i - 1));
      turns += next == -direction && next != 0 ? 1 : 0;
      direction = next == 0 ? direction : next;
    }
    return turns;
  }

  /** What a router says of one of them. */
  static String page(String workload, int inFlight, int waiting) {
    return "{\"router\":\"router-1\",\"applied\":1000,\"workloads\":{\"team/%1$s\":%2$d},\"waiting\":{\"team/%1$s\":%3$d}}"
        .formatted(workload, inFlight, waiting);
  }
}
