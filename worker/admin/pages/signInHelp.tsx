/** How to get in, for whoever is not signed in. */
export function SignInHelp() {
  return (
    <>
      <p>
        Ask for a link where the bridge was deployed from. It is good once, for ten minutes, and only for
        people on the bridge’s own list.
      </p>
      <code class="copy">npm run admin -- --link you@example.com</code>
      <p class="soft">
        Nobody is on the list yet? <code>npm run admin -- --add you@example.com --role admin</code> puts the
        first one there.
      </p>
    </>
  )
}
