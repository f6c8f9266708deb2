-- localprocess-k8s in Neovim, by nvim-dap: dofile() this, or copy it into your configuration.
local dap = require('dap')

dap.adapters['localprocess-k8s'] = function(start, configuration)
  -- Told which debugger it wraps, the adapter can say from the first answer on what that debugger can do.
  local debugger = configuration.debug and configuration.debug.type
  start({
    type = 'executable',
    command = 'localprocess-k8s',
    args = debugger and { '--debugger', debugger } or {},
    -- nvim-dap warns of a slow adapter after 4 s; how fast this one is depends on the cluster.
    options = { initialize_timeout_sec = 60 },
  })
end

-- A .vscode/launch.json is read by nvim-dap itself: what stands there needs nothing more. This is the same in Lua.
dap.configurations.javascript = vim.list_extend(dap.configurations.javascript or {}, {
  {
    type = 'localprocess-k8s',
    request = 'launch',
    name = 'web, in the cluster',
    target = 'service/web',
    ports = { '3000:http' },
    debug = {
      type = 'pwa-node',
      request = 'launch',
      program = '${workspaceFolder}/web/server.js',
      cwd = '${workspaceFolder}/web',
    },
  },
})

dap.configurations.python = vim.list_extend(dap.configurations.python or {}, {
  {
    type = 'localprocess-k8s',
    request = 'launch',
    name = 'prices, in the cluster',
    target = 'service/prices',
    ports = { '5000:http' },
    debug = {
      type = 'debugpy',
      request = 'launch',
      program = '${workspaceFolder}/prices/server.py',
      console = 'internalConsole',
    },
  },
})

dap.configurations.go = vim.list_extend(dap.configurations.go or {}, {
  {
    type = 'localprocess-k8s',
    request = 'launch',
    name = 'stock, in the cluster',
    target = 'service/stock',
    ports = { '8080:api' },
    debug = { type = 'go', request = 'launch', mode = 'debug', program = '${workspaceFolder}/stock' },
  },
})
