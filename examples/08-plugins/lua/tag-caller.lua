-- Tells services who called: sets an attachment to the caller's name, or to its address where it says none.
function onRequest(metadata, mutation)
  mutation.set(metadata.config.tag, metadata.get("caller") or metadata.peer)
end
