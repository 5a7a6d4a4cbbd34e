package lmnop.provider.api;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import lmnop.provider.api.ProviderApi.Operation;
import lmnop.providerapi.FunctionNamespace;

/** The operations on namespaces. Their paths are the client's, and those of OpenFaaS's manual. */
final class NamespaceOperations {
  private final Engine engine;

  NamespaceOperations(Engine engine) {
    this.engine = engine;
  }

  List<Operation> list() {
    List<Operation> list = new ArrayList<>();
    list.add(
        Operations.operation(
            "GET", "/system/namespaces", call -> call.json(200, engine.namespaces())));
    for (String path : List.of("/system/namespace/", "/system/namespaces/")) {
      list.add(Operations.operation("POST", path, this::create));
      list.add(Operations.operation("POST", path + "{name}", this::create));
      list.add(Operations.operation("GET", path + "{name}", this::show));
      list.add(Operations.operation("PUT", path + "{name}", this::update));
      list.add(Operations.operation("DELETE", path + "{name}", this::delete));
    }
    return list;
  }

  private void show(Call call) throws IOException {
    call.json(200, engine.namespace(call.name()).orElseThrow(() -> unknown(call.name())));
  }

  private void create(Call call) throws IOException {
    FunctionNamespace namespace = namespace(call);
    if (!engine.createNamespace(namespace)) {
      throw new Refused(
          409, "There is a namespace '%s' already; update it instead".formatted(namespace.name()));
    }
    call.empty(201);
  }

  private void update(Call call) throws IOException {
    FunctionNamespace namespace = namespace(call);
    if (!engine.updateNamespace(namespace)) {
      throw unknown(call.name());
    }
    call.empty(202);
  }

  /** The name stands in the path, in the body, or in both. */
  private static FunctionNamespace namespace(Call call) throws IOException {
    return Deployments.checked(call.body(FunctionNamespace.class), call.name());
  }

  private void delete(Call call) throws IOException {
    if (!engine.deleteNamespace(call.name())) {
      throw unknown(call.name());
    }
    call.empty(202);
  }

  private static Refused unknown(String name) {
    return new Refused(404, "There is no namespace '%s'".formatted(name));
  }
}
