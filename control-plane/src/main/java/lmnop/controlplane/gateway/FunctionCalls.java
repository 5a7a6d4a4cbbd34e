package lmnop.controlplane.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.gateway.GatewayApi.Answer;
import lmnop.controlplane.git.NewRepositories;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.providerapi.DeleteRequest;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.ScaleRequest;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** Functions: what there are, and what shall be. */
final class FunctionCalls {
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final DeployedFunctions functions;
  private final Deployments deployments;
  private final Deletions deletions;
  private final Scaling scaling;
  private final NewRepositories repositories;
  private final Routers routers;
  private final Namespaces namespaces;

  FunctionCalls(GatewayApi.Needs needs, Namespaces namespaces) {
    this.functions = new DeployedFunctions(needs.database());
    this.deployments = needs.deployments();
    this.deletions = needs.deletions();
    this.scaling = needs.scaling();
    this.repositories = needs.repositories();
    this.routers = needs.routers();
    this.namespaces = namespaces;
  }

  /** A function by its name, or by {@code NAME.NAMESPACE}; no name has a dot of its own. */
  record Named(FunctionName function, @Nullable String namespace) {
    static Named of(@Nullable String name, @Nullable String namespace, String field) {
      String text = GatewayCall.required(name, field);
      int dot = text.lastIndexOf('.');
      String own = dot < 0 ? null : text.substring(dot + 1);
      if (own != null && namespace != null && !own.equals(namespace)) {
        throw new Refusal(
            HttpStatus.BAD_REQUEST,
            "'%s' is '%s', and the namespace is said to be '%s': say one of them."
                .formatted(field, text, namespace));
      }
      return new Named(
          GatewayCall.function(dot < 0 ? text : text.substring(0, dot), field),
          own == null ? namespace : own);
    }
  }

  Answer list(GatewayCall call) throws InterruptedException {
    String namespace = call.namespace(null);
    OwnerName owner = namespaces.named(call.actor(), namespace);
    if (namespace != null || !namespaces.of(call.actor()).isEmpty()) {
      namespaces.require(call.actor(), Right.READ, owner);
    }
    Map<String, Double> invocations = routers.invocations();
    return Answer.of(
        functions.list(owner).stream()
            .map(status -> DeployedFunctions.counted(status, invocations))
            .toList());
  }

  Answer one(GatewayCall call) throws InterruptedException {
    Named named = Named.of(call.name(), call.namespace(null), "name");
    OwnerName owner = owner(call.actor(), Right.READ, named);
    FunctionStatus status = functions.one(owner, named.function());
    if (status == null) {
      throw unknown(named.function(), owner);
    }
    return Answer.of(DeployedFunctions.counted(status, routers.invocations()));
  }

  private OwnerName owner(Actor actor, Right right, Named named) {
    OwnerName owner = namespaces.named(actor, named.namespace());
    namespaces.require(actor, right, owner);
    return owner;
  }

  private static Refusal unknown(FunctionName function, OwnerName owner) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no function '%s' in the namespace '%s'.".formatted(function, owner));
  }

  Answer create(GatewayCall call) throws InterruptedException {
    return deploy(call, false);
  }

  Answer update(GatewayCall call) throws InterruptedException {
    return deploy(call, true);
  }

  private Answer deploy(GatewayCall call, boolean update) throws InterruptedException {
    FunctionDeployment sent = call.sent(FunctionDeployment.class);
    Named named = Named.of(sent.service(), call.namespace(sent.namespace()), "service");
    GatewayCall.required(sent.image(), "image");
    OwnerName owner = owner(call.actor(), Right.DEPLOY, named);
    deployments.deploy(owner, named.function(), sent, update, call.actor().name());
    return Answer.accepted();
  }

  /** A function with a repository that was pushed to would take that with it. */
  Answer delete(GatewayCall call) {
    DeleteRequest sent =
        call.body().isBlank()
            ? new DeleteRequest(call.parameter("functionName"), null)
            : call.sent(DeleteRequest.class);
    Named named = Named.of(sent.functionName(), call.namespace(sent.namespace()), "functionName");
    OwnerName owner = owner(call.actor(), Right.ADMIN, named);
    if (hasSource(origin(owner, named.function()))) {
      throw new Refusal(
          HttpStatus.CONFLICT,
          "The source of '%s' is in a repository here, which would go too. If it shall: DELETE /api/v1/functions/%s/%s?confirm=%s, or ./lmnop delete %s."
              .formatted(
                  named.function(), owner, named.function(), named.function(), named.function()));
    }
    deletions.delete(owner, named.function(), call.actor().name()).block(ANSWER);
    return Answer.accepted();
  }

  private DeployedFunctions.Origin origin(OwnerName owner, FunctionName function) {
    return functions.origin(owner, function).orElseThrow(() -> unknown(function, owner));
  }

  private boolean hasSource(DeployedFunctions.Origin origin) {
    try {
      return origin.built() || !repositories.isEmpty(origin.repository());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Answer scale(GatewayCall call) {
    ScaleRequest sent = call.sent(ScaleRequest.class);
    Named named = Named.of(call.name(), call.namespace(sent.namespace()), "name");
    OwnerName owner = owner(call.actor(), Right.DEPLOY, named);
    origin(owner, named.function());
    scaling.scale(owner, named.function(), null, sent.replicas(), call.actor().name());
    return Answer.accepted();
  }
}
