// DossierServer
