-- Asks an HTTP service whether a user may call. 200 lets the call pass, with the role that the service answers.
function onRequest(metadata)
  local user = metadata.get("user")
  if not user then return end
  return call("authz", { properties = { [":path"] = "/check", ["x-user"] = user } }, 1000)
end

function onResume(_, mutation, resume)
  local answer = resume.response
  if not answer then return reply { error = "denied", text = "nobody could be asked: " .. resume.text } end
  if answer.get(":status") ~= "200" then
    return reply { error = "denied", text = answer.get("x-reason") or "refused" }
  end
  mutation.set("role", answer.get("x-role") or "none")
end
