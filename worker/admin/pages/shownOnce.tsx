/** A new token, as it is shown this once. */
export function ShownOnce({ token }: { token: string }) {
  return (
    <div class="box">
      <label for="token">The new API token. Copy it now: it is not shown again</label>
      <output id="token" class="copy">
        {token}
      </output>
      <p>
        Paste it into the identity provider, alone. A lost one is no drama: make another and revoke this one.
      </p>
    </div>
  )
}
