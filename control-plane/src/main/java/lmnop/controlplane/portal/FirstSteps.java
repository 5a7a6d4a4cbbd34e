package lmnop.controlplane.portal;

import java.net.URI;
import java.util.List;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Members;
import lmnop.registry.names.OwnerName;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/**
 * What leads from nothing to a function that answers, with the addresses and names of this
 * installation and of who reads it.
 *
 * @param owner whose function it will be
 * @param user who git says it is
 * @param mayPush whether they may push for any owner
 */
public record FirstSteps(URI portal, String owner, String user, boolean mayPush) {
  private static final String VIEWER = "viewer"; // the role that cannot push

  /** Those of whoever asks: for the first owner that they may push for. */
  static Mono<FirstSteps> of(ServerRequest request, Members members) {
    Actor actor = Actor.of(request);
    return members
        .ownersOf(actor)
        .filter(membership -> !membership.role().equals(VIEWER))
        .map(Members.Membership::owner)
        .collectList()
        .map(owners ->
            new FirstSteps(
                request.uri().resolve("/"), choose(owners), actor.name(), !owners.isEmpty()));
  }

  private static String choose(List<String> owners) {
    String usual = OwnerName.DEFAULT.value();
    return owners.isEmpty() || owners.contains(usual) ? usual : owners.getFirst();
  }

  /** Where git pushes a function. */
  public String remote() {
    String prefix = isOfDefaultOwner() ? "" : owner + "/";
    return portal.resolve("/scm/" + prefix + "hello").toString();
  }

  /** The commands, as a shell takes them. */
  public String commands() {
    return """
    git init -b main hello && cd hello
    mkdir public && echo '<h1>It works</h1>' > public/index.html
    echo 'template: static' > function.yml
    git add -A && git commit -m 'The first one'
    git push %s main
    """
        .formatted(remote())
        .strip();
  }

  /** What the operator's commands need beside the name of a function. */
  public String ofOwner() {
    return isOfDefaultOwner() ? "" : " --owner " + owner;
  }

  private boolean isOfDefaultOwner() {
    return owner.equals(OwnerName.DEFAULT.value());
  }
}
