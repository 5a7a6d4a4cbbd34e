// Every page is whole without this file. It copies texts, keeps a page fresh while somebody looks at it, appends to logs
// as they grow, and keeps a form from being sent twice. Whatever it shows comes from the server as HTML, which is escaped there.
'use strict';
(() => {
  document.documentElement.classList.add('script');
  const main = document.getElementById('main');
  const stale = document.getElementById('stale');
  let leaving = false;

  const pause = (millis) => new Promise((resume) => setTimeout(resume, millis));

  // What is marked data-copy is copied by the button of that name; outside of https a browser offers the old way only.
  async function copy(button) {
    const text = button.dataset.copy;
    if (window.isSecureContext) {
      await navigator.clipboard.writeText(text);
    } else {
      const field = document.createElement('textarea');
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
      button.focus();
    }
    const words = button.textContent;
    button.textContent = 'Copied';
    await pause(1500);
    button.textContent = words;
  }

  // Makes one tree like another and leaves alone what is alike already: what has the focus, is selected, is open or is
  // being typed stays as it is. Elements with an id are recognised by it, so that no button turns into another's.
  function follow(shown, fresh) {
    if (shown.dataset && shown.dataset.keep !== undefined) {
      return;
    }
    for (const { name, value } of fresh.attributes) {
      if (shown.getAttribute(name) !== value) {
        shown.setAttribute(name, value);
      }
    }
    for (const { name } of [...shown.attributes]) {
      if (!fresh.hasAttribute(name) && name !== 'open') {
        shown.removeAttribute(name);
      }
    }
    let next = shown.firstChild;
    for (const child of [...fresh.childNodes]) {
      const same = child.id ? shown.querySelector(`:scope > #${CSS.escape(child.id)}`) : next;
      if (!same || same.nodeName !== child.nodeName || (same.id || '') !== (child.id || '')) {
        shown.insertBefore(child, next);
        continue;
      }
      if (same === next) {
        next = next.nextSibling;
      } else {
        shown.insertBefore(same, next);
      }
      if (same.nodeType === Node.ELEMENT_NODE) {
        follow(same, child);
      } else if (same.data !== child.data) {
        same.data = child.data;
      }
    }
    while (next) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
  }

  // Loads the page once more; a page that is gone, or whose visitor is signed out, is left to the browser.
  async function look() {
    try {
      const answer = await fetch(new URL(main.dataset.again, location.href), { headers: { Accept: 'text/html' } });
      if (answer.status >= 500) {
        throw new Error(answer.statusText);
      }
      if (!answer.ok || new URL(answer.url).pathname !== location.pathname) {
        leaving = true;
        location.reload();
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (!leaving) {
        document.title = page.title;
        follow(main, page.getElementById('main'));
      }
      stale.hidden = true;
    } catch {
      stale.hidden = leaving;
    }
  }

  async function keepFresh() {
    for (let waited = 0; ; waited += 0.5) {
      const wanted = Number(main.dataset.live);
      if (wanted > 0 && waited >= wanted && !document.hidden && !leaving) {
        await look();
        waited = 0;
      }
      await pause(500);
    }
  }

  // Appends lines to a log as they come, from where the page ends. The server ends an answer after a while and is asked
  // again; so it is after a lost connection. Somebody who reads further up stays there.
  class Log {
    static most = 20000; // lines that are kept in the page
    waiting = [];
    paused = false;

    constructor(place) {
      this.place = place;
      this.filter = document.querySelector(`[data-filters="${place.id}"]`);
      this.pauser = document.querySelector(`[data-pauses="${place.id}"]`);
      this.filter?.addEventListener('input', () => this.show(this.place.children));
      this.pauser?.addEventListener('click', () => this.pause());
      place.scrollTop = place.scrollHeight;
      if (place.dataset.stream) {
        this.listen();
      }
    }

    listen() {
      const address = new URL(this.place.dataset.stream, location.href);
      address.searchParams.set('after', this.place.dataset.after);
      const source = new EventSource(address);
      const over = (then) => {
        source.close();
        then();
      };
      source.addEventListener('lines', (event) => {
        this.place.dataset.after = event.lastEventId;
        this.take(event.data);
      });
      source.addEventListener('again', () => over(() => this.listen()));
      source.addEventListener('end', () => over(look));
      source.addEventListener('error', () => {
        if (source.readyState === EventSource.CLOSED) {
          pause(3000).then(look).then(() => this.listen());
        }
      });
    }

    take(html) {
      this.waiting.push(html);
      if (this.waiting.length > Log.most) {
        this.waiting.shift(); // nobody sees them: it is paused, or in the background
      }
      if (this.paused) {
        this.pauser.textContent = 'Go on (more has come)';
      } else if (this.waiting.length === 1) {
        requestAnimationFrame(() => this.append());
      }
    }

    append() {
      if (this.paused) {
        return;
      }
      const place = this.place;
      const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
      const fresh = document.createElement('template');
      fresh.innerHTML = this.waiting.join('');
      this.waiting = [];
      this.show(fresh.content.children);
      place.append(fresh.content);
      while (place.children.length > Log.most) {
        place.firstElementChild.remove();
      }
      if (atEnd) {
        place.scrollTop = place.scrollHeight;
      }
    }

    show(lines) {
      const wanted = (this.filter?.value ?? '').toLowerCase();
      for (const line of lines) {
        line.hidden = !line.textContent.toLowerCase().includes(wanted);
      }
    }

    pause() {
      this.paused = !this.paused;
      this.pauser.textContent = this.paused ? 'Go on' : 'Pause';
      this.append();
    }
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]');
    if (button) {
      copy(button);
    }
  });
  document.addEventListener('submit', (event) => {
    leaving = event.target.method === 'post';
    if (leaving && event.submitter) {
      event.submitter.setAttribute('aria-busy', 'true');
    }
  });
  // A browser that goes back may show the page as it was left.
  window.addEventListener('pageshow', () => {
    leaving = false;
    document.querySelectorAll('button[aria-busy]').forEach((button) => button.removeAttribute('aria-busy'));
  });

  document.querySelectorAll('.log').forEach((place) => new Log(place));
  keepFresh();
})();
